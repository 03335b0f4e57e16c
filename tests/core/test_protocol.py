"""Two numbers may be ranked only if they were measured in one way.

Mutations caught: a key left out of what decides; the two sides exchanged.
"""

import pytest

from rivalry.protocol import DECISIVE, REMARKABLE, apart, unlike

BASE = {
    "metric": "kid", "settings": {"subsets": None}, "features": "judge-1f", "resize": None, "size": "1x28x28",
    "real": 1000, "fake": 1000, "data": "abc", "split": "train", "weights": "averaged", "seed": 0,
    "versions": {"torch": "2.6"},
}  # fmt: skip


def decisive(other):
    return apart({"a": BASE, "b": other}, DECISIVE)


def remarkable(other):
    return apart({"a": BASE, "b": other}, REMARKABLE)


def test_numbers_measured_in_one_way_do_not_differ():
    assert decisive(dict(BASE)) == remarkable(dict(BASE)) == []
    assert not unlike([BASE, dict(BASE), dict(BASE)])


@pytest.mark.parametrize("key", DECISIVE)
def test_whatever_decides_is_a_difference_in_words(key):
    other = BASE | {key: {"subsets": 7}} if key == "settings" else BASE | {key: "other"}
    (said,) = decisive(other)
    assert said.startswith(DECISIVE[key])
    assert said.endswith(" (a), 7 (b)" if key == "settings" else " (a), other (b)")
    assert remarkable(other) == []
    assert unlike([BASE, dict(BASE), other])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("weights", "raw", "weights: averaged (a), raw (b)"),
        ("seed", 3, "seed of the samples: 0 (a), 3 (b)"),
        ("versions", {"torch": "2.7"}, "versions: torch: 2.6 (a), 2.7 (b)"),
        ("versions", {"torch": "2.6", "mine": "1"}, "versions: mine: none (a), 1 (b)"),
    ],
)
def test_what_does_not_decide_is_a_note(key, value, said):
    other = BASE | {key: value}
    assert remarkable(other) == [said]
    assert decisive(other) == []
    assert not unlike([BASE, other])


def test_rows_that_agree_are_told_together():
    rows = {"a": BASE, "b": BASE | {"real": 7}, "c": BASE}
    assert apart(rows, DECISIVE) == ["number of real samples: 1000 (a, c), 7 (b)"]
