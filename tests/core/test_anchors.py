"""Other real data and noise, which every generator stands between.

Mutations caught: rows that both sides share; labels of other rows; values that change their position; channels that
part; one order for all positions; a last chunk of too few rows to deal among; an anchor where the data is too small
for it; a metric that cannot judge noise taking the others with it.
"""

from typing import ClassVar

import pytest
import torch
from attrs import frozen

from rivalry import Features, Metric, Score
from rivalry.anchors import noise, other_real
from rivalry.evaluation import AgainstData
from rivalry.extraction import CHUNK, real_chunks
from rivalry.measured import numbers_of
from rivalry_zoo.datasets.array import Array
from rivalry_zoo.features.pixels import PIXELS

CPU = torch.device("cpu")


@frozen
class Largest(Metric):
    """The largest value of each side; it cannot judge fakes that are not in order of their first value."""

    name: ClassVar[str] = "largest"
    paper: ClassVar[str] = "none: for tests"
    direction: ClassVar = "lower"
    parts: ClassVar = ("real", "fake")

    features: Features = PIXELS
    samples: int = 4
    strict: bool = False

    def compute(self, real, fake):
        if self.strict and not fake.var(1).eq(0).all():
            raise ValueError("the values of a sample must agree")
        return {"real": Score(float(real.max())), "fake": Score(float(fake.min()))}


def numbered(n, width=3):
    """Samples that hold their row's number everywhere; the label is that number too."""
    rows = torch.arange(n)
    return Array.of({"x": rows[:, None].float().expand(n, width).clone(), "label": rows})


def whole(chunks):
    samples, labels = zip(*chunks, strict=True)
    return torch.cat(samples), None if labels[0] is None else torch.cat(labels)


@pytest.mark.parametrize(("n", "m"), [(300, 300), (599, 1), (1, 599)])
def test_other_real_samples_are_rows_that_the_metric_has_not_seen(n, m):
    data = numbered(600)
    samples, labels = whole(other_real(data, 5, n))
    assert torch.equal(samples[:, 0].long(), labels)
    seen = whole(real_chunks(data, m, 5))[1]
    assert sorted([*labels.tolist(), *seen.tolist()]) == list(range(600))


def test_noise_has_each_positions_values_and_nothing_between_positions():
    samples, labels = whole(noise(numbered(50), 0, CHUNK + 44))
    assert samples.shape == (300, 3)
    assert labels.shape == (300,)
    assert set(samples.flatten().tolist()) <= set(range(50))
    between = torch.corrcoef(samples.T)
    assert between[0, 1].abs() < 0.2  # 1 in the data; for independent positions its deviation is 300 ** -0.5
    assert between[0, 2].abs() < 0.2
    rows = (samples.var(1) == 0).float().mean()
    assert rows < 0.05  # 1 / 2500 of them on average


def test_channels_stay_together_and_positions_where_they_are():
    colours = torch.rand(40, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    samples, labels = whole(noise(Array.of(colours), 1, 64))
    assert (samples.shape, labels) == ((64, 3, 2, 2), None)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        known = {tuple(pixel) for pixel in colours[:, :, row, column].tolist()}
        assert {tuple(pixel) for pixel in samples[:, :, row, column].tolist()} <= known


def test_fewer_samples_of_noise_are_the_first_of_more_and_other_seeds_give_others():
    data = numbered(30)
    few, many, other = (whole(noise(data, seed, n))[0] for seed, n in ((0, 1), (0, CHUNK + 1), (1, 1)))
    assert torch.equal(few, many[:1])
    assert not torch.equal(few, other)
    assert many[-1].var() > 0  # a chunk of one row alone would have nothing to deal


def test_what_the_metrics_say_of_anchors_stands_with_their_numbers():
    metrics = {"all": Largest(), "most": Largest(samples=11), "strict": Largest(strict=True)}
    compared = AgainstData(metrics, numbered(20), None, seed=2)
    found = compared.anchors(CPU)
    assert {name: list(said) for name, said in found.items()} == {
        "all": ["other real", "noise"], "most": ["noise"], "strict": ["other real"],
    }  # fmt: skip
    # Compared with as many real samples as it asks for, though others were looked at first.
    assert found["most"]["noise"]["real"].value == whole(real_chunks(numbered(20), 11, 2))[0].max()
    four = whole(other_real(numbered(20), 2, 4))[0]
    said, protocol = found["all"]["other real"], {}
    assert said["fake"].value == four.min()
    number = numbers_of("all", metrics["all"], said, protocol, {"other real": said})["all.fake"]
    assert number.plain()["anchors"] == {"other real": float(four.min())}
    assert "anchors" not in numbers_of("all", metrics["all"], said, protocol)["all.fake"].plain()


def test_anchors_are_the_same_whatever_was_looked_at_before():
    metrics, data = {"all": Largest()}, numbered(20)
    fresh, used = (AgainstData(metrics, data, None, seed=2) for _ in range(2))
    used(lambda n: real_chunks(data, n, 0), CPU)
    assert used.anchors(CPU) == fresh.anchors(CPU)
