"""Density and coverage together, against a brute-force oracle."""

import numpy as np
import pytest
import torch

from neighbourhoods import strictly_inside
from rivalry_zoo.metrics.density_coverage import DensityCoverage, density_coverage


def sets(n=31, m=24):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 3)), 0.6 * rng.normal(size=(m, 3)) + 1


def values(scores):
    return {name: score.value for name, score in scores.items()}


def wanted(real, fake, k):
    within = strictly_inside(real, fake, k)
    return {"density": within.sum() / (k * len(fake)), "coverage": within.any(1).mean()}


@pytest.mark.parametrize("k", [1, 2, 5])
def test_each_is_the_definition(k, device):
    real, fake = sets()
    tensors = [torch.tensor(points, device=device) for points in (real, fake)]
    assert values(density_coverage(*tensors, k)) == pytest.approx(wanted(real, fake, k))


def test_five_neighbours_are_usual():
    real, fake = (torch.tensor(points) for points in sets())
    assert density_coverage(real, fake) == density_coverage(real, fake, 5) != density_coverage(real, fake, 4)


def test_density_and_coverage_need_no_balls_around_fakes():
    real, fake = (torch.tensor(points) for points in sets(m=2))
    assert density_coverage(real, fake)["density"].value > 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(9, 2), "5 neighbours need at least 6 points, not 5"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.full((9, 2), float("nan")), torch.zeros(9, 2), "real must be finite"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        density_coverage(real, fake)


def test_component_computes_the_function():
    real, fake = (torch.tensor(points) for points in sets())
    component = DensityCoverage(neighbours=2)
    assert component.compute(real, fake) == density_coverage(real, fake, 2) != density_coverage(real, fake, 5)
    assert DensityCoverage().compute(real, fake) == density_coverage(real, fake, 5)
    assert tuple(component.compute(real, fake)) == component.parts == ("density", "coverage")
    assert (component.direction, component.range, component.samples) == ("higher", (0, float("inf")), 1000)
    assert DensityCoverage.is_default


def test_more_samples_than_neighbours_are_asked_for():
    assert DensityCoverage(samples=6).samples == 6
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 5 and 5: raise samples"):
        DensityCoverage(samples=5)
