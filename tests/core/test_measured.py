"""Numbers with their protocols. Mutation caught: a lower value beating where higher is better."""

import json
from math import inf, isnan, nan

import pytest

from rivalry.interfaces import Score
from rivalry.measured import Number, numbers_of
from rivalry.readings import readable, writable
from rivalry_zoo.metrics.kid import Kid
from rivalry_zoo.metrics.precision_recall import PrecisionRecall

HOW = {"metric": "kid", "seed": 1}


def test_a_number_is_written_as_json_and_read_back():
    body = json.loads(json.dumps(Number(Score(inf, nan), "lower", "kid_pixels", HOW).plain()))
    assert body == {"value": "inf", "error": "nan", "better": "lower", "title": "kid_pixels", "protocol": HOW}
    assert readable(body["value"]) == inf
    assert isnan(readable(body["error"]))
    assert [readable(writable(value)) for value in (0.25, None, -inf)] == [0.25, None, -inf]


@pytest.mark.parametrize(
    ("better", "value", "other", "beats"),
    [
        ("higher", 2.0, 1.0, True),
        ("higher", 1.0, 2.0, False),
        ("lower", 1.0, 2.0, True),
        ("lower", 2.0, 1.0, False),
        ("lower", 2.0, 2.0, False),
        ("higher", 2.0, 2.0, False),
        ("lower", 2.0, None, True),
        ("lower", nan, None, False),
        ("higher", nan, 1.0, False),
    ],
)
def test_the_better_number_beats_the_other(better, value, other, beats):
    assert Number(Score(value), better, "x", {}).beats(other) is beats


def test_a_metric_of_one_number_gives_it_the_name_of_its_entry():
    assert numbers_of("quality", Kid(), Score(0.5, 0.1), HOW) == {
        "quality": Number(Score(0.5, 0.1), "lower", "kid_pixels", HOW)
    }


def test_a_metric_of_several_numbers_names_each_by_its_part():
    found = numbers_of("d", PrecisionRecall(), {"precision": Score(0.25), "recall": Score(0.75)}, HOW)
    assert list(found) == ["d.precision", "d.recall"]
    assert found["d.recall"] == Number(Score(0.75), "higher", "precision_recall.recall", HOW)
