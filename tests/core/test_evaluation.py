"""Metrics of samples and data: one pass over the fakes, what each metric needs, and the protocol of every number.

Mutations caught: a metric of fewer samples given all of them; labels of the fakes for those of the data; held-out
vectors from the training data; a setting left out of the protocol; fakes drawn once for each metric.
"""

from typing import Annotated, ClassVar

import pytest
import torch
from attrs import frozen

from rivalry import Features, Gt, Metric, Score
from rivalry.errors import RunError
from rivalry.evaluation import AgainstData
from rivalry.extraction import CHUNK
from rivalry.opening import read_lock, read_spec
from rivalry.run import Run
from rivalry_zoo.datasets.array import Array
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.kid import kid
from small import ring_run

CPU = torch.device("cpu")


@frozen
class Counting(Metric):
    """How many of each it was given, and the sums of what it needs."""

    name: ClassVar[str] = "counting"
    paper: ClassVar[str] = "none: for tests"
    direction: ClassVar = "higher"
    needs: ClassVar = ("labels", "real_labels", "held_out", "held_out_labels")
    parts: ClassVar = ("real", "fake", "labels", "real_labels", "held_out", "held_out_labels")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 8
    power: int = 2

    def compute(self, real, fake, *, labels, real_labels, held_out, held_out_labels):
        given = {"real": real, "fake": fake, "labels": labels, "real_labels": real_labels}
        given |= {"held_out": held_out, "held_out_labels": held_out_labels}
        return {part: Score(float(tensor.sum()), float(len(tensor))) for part, tensor in given.items()}


@frozen
class Fewer(Metric):
    """The sum of the fakes."""

    name: ClassVar[str] = "fewer"
    paper: ClassVar[str] = "none: for tests"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 3

    def compute(self, real, fake):
        return Score(float(fake.sum()), float(len(real)))


def data(value, n=20, label=1):
    return Array.of({"x": torch.full((n, 2), value), "label": torch.full((n,), label)})


class Source:
    """Fakes of ones, of class 2; it counts its passes."""

    def __init__(self):
        self.asked = []

    def __call__(self, n):
        self.asked.append(n)
        for start in range(0, n, 4):
            size = min(4, n - start)
            yield torch.ones(size, 2), torch.full((size,), 2)


def test_every_metric_gets_what_it_needs_in_one_pass_over_the_fakes():
    source = Source()
    held = data(10.0, n=6, label=3)
    found = AgainstData({"a": Counting(), "b": Fewer()}, data(0.5), held, seed=0)(source, CPU)
    assert source.asked == [8]
    said, protocol = found["a"]
    values = {part: (score.value, score.error) for part, score in said.items()}
    assert values == {
        "real": (8.0, 8.0), "fake": (16.0, 8.0), "labels": (16.0, 8.0), "real_labels": (8.0, 8.0),
        "held_out": (120.0, 6.0), "held_out_labels": (18.0, 6.0),
    }  # fmt: skip
    assert protocol == {
        "metric": "counting", "settings": {"power": 2}, "resize": None, "features": "pixels", "size": "2", "real": 8,
        "fake": 8, "held_out": 6, "split": "train", "data": data(0.5).fingerprint,
    }  # fmt: skip
    fewer, protocol = found["b"]
    assert (fewer.value, fewer.error, protocol["fake"]) == (6.0, 3.0, 3)
    assert "held_out" not in protocol


def test_data_is_looked_at_once_however_often_fakes_are_compared(monkeypatch):
    compared = AgainstData({"b": Fewer()}, data(0.5), None, seed=0)
    first = compared(Source(), CPU)["b"][0]
    monkeypatch.setattr(Array, "batch", None)
    assert compared(Source(), CPU)["b"][0] == first


def test_what_is_missing_is_said_before_anything_is_drawn():
    def never(n):
        raise AssertionError("fakes were drawn")

    with pytest.raises(ValueError, match="the metric 'a' needs held-out data, of which there is none"):
        AgainstData({"a": Counting()}, data(0.5), None, seed=0)(never, CPU)


def test_labels_that_nobody_has_are_asked_for_in_words():
    def unlabelled(n):
        yield torch.ones(n, 2), None

    bare = Array.of(torch.zeros(20, 2))
    with pytest.raises(ValueError, match="'a' needs a game whose samples are made for labels"):
        AgainstData({"a": Counting()}, data(0.5), data(0.1), seed=0)(unlabelled, CPU)
    with pytest.raises(ValueError, match="'a' needs data with labels"):
        AgainstData({"a": Counting()}, bare, data(0.1), seed=0)(Source(), CPU)


def test_nothing_to_compare_draws_nothing():
    source = Source()
    assert AgainstData({}, data(0.5), None, seed=0)(source, CPU) == {}
    assert source.asked == []


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    ring_run(folder, "train.steps=4", "train.ema=0.5")
    (made,) = folder.rglob("lock.json")
    return made.parent


def opened(run, *settings, **more):
    return Run.open(run, spec=read_spec(run, read_lock(run), list(settings)), **more)


def test_a_number_of_a_run_is_the_metric_of_its_samples_and_its_data(run):
    found = opened(run, "metrics.q={use: kid, samples: 40}")
    number = found.evaluate(seed=3)["q"]
    fakes = torch.cat([samples for samples, _ in found.sampling.stream(40, 3)])
    assert number.value == kid(found.real(40, 3), fakes).value
    assert number.title == "kid_pixels"
    assert number.protocol["weights"] == "averaged"
    assert number.protocol["seed"] == 3
    assert {"rivalry", "torch"} <= set(number.protocol["versions"])


def test_fewer_samples_are_the_first_of_more_across_chunks(run):
    sampling = opened(run).sampling
    more = torch.cat([samples for samples, _ in sampling.stream(CHUNK + 40, 0)])
    fewer = torch.cat([samples for samples, _ in sampling.stream(CHUNK + 7, 0)])
    assert len(more) == CHUNK + 40
    assert torch.equal(more[: CHUNK + 7], fewer)


def test_numbers_of_the_flow_name_their_data_too(run):
    found = opened(
        run, "metrics.q={use: distance, of: [fake, x]}", "metrics.p={use: perceptual_path_length, samples: 8}"
    )
    for name, number in found.evaluate().items():
        assert number.protocol["data"] == found.dataset.fingerprint, name


def test_raw_weights_make_other_samples_and_say_so(run):
    averaged, raw = opened(run), opened(run, raw=True)
    assert not torch.equal(averaged.sample(4), raw.sample(4))
    assert {number.protocol["weights"] for number in raw.evaluate().values()} == {"raw"}


def test_a_metric_that_cannot_be_computed_is_an_error_in_words(run):
    with pytest.raises(RunError, match="the judge learns from labels, but ring has none"):
        opened(run, "metrics.q={use: kid, features: judge}").evaluate()
