"""Precision and recall together against a brute-force oracle, each by its own side's balls."""

import numpy as np
import pytest
import torch

from neighbourhoods import inside
from rivalry_zoo.metrics.precision_recall import PrecisionRecall, precision_recall


def sets(n=31, m=24):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 3)), 0.6 * rng.normal(size=(m, 3)) + 1


def values(scores):
    return {name: score.value for name, score in scores.items()}


@pytest.mark.parametrize("k", [1, 2, 5])
def test_each_is_the_definition(k, device):
    real, fake = sets()
    found = precision_recall(*(torch.tensor(points, device=device) for points in (real, fake)), k)
    wanted = {"precision": inside(real, fake, k).any(0).mean(), "recall": inside(fake, real, k).any(0).mean()}
    assert values(found) == pytest.approx(wanted)
    assert wanted["precision"] != wanted["recall"]
    assert all(score.error is None for score in found.values())


def test_collapse_keeps_precision_and_loses_recall():
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
    found = values(precision_recall(x, x[:1] + 1e-3 * x[:50]))
    assert found["precision"] == 1
    assert found["recall"] < 0.05


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(3, 2), torch.zeros(5, 2), "3 neighbours need at least 4 points, not 3"),
        (torch.zeros(5, 2), torch.zeros(2, 2), "3 neighbours need at least 4 points, not 2"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        precision_recall(real, fake)


def test_component_computes_the_function():
    real, fake = (torch.tensor(points) for points in sets())
    component = PrecisionRecall(neighbours=1)
    assert component.compute(real, fake) == precision_recall(real, fake, 1) != precision_recall(real, fake, 3)
    assert PrecisionRecall().compute(real, fake) == precision_recall(real, fake, 3) == precision_recall(real, fake)
    assert tuple(component.compute(real, fake)) == component.parts == ("precision", "recall")
    assert (component.direction, component.range, component.samples) == ("higher", (0, 1), 1000)
    assert PrecisionRecall.is_default


def test_more_samples_than_neighbours_are_asked_for():
    assert PrecisionRecall(samples=4).samples == 4
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 3 and 3: raise samples"):
        PrecisionRecall(samples=3)
