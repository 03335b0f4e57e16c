"""Hubness against counting in numpy and scipy's skewness.

Mutations tried (a test failed for each): the point itself counted, ties counted whole, the real samples for the fakes,
variance for its power 3/2.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import skew

from neighbourhoods import squares
from rivalry_zoo.blocks.clouds import clouds
from rivalry_zoo.metrics.hubness import Hubness, hubness, occurrences


def counted(points, k):
    """N_k [N]: the nearer than the k-th whole, those as far in equal parts."""
    found = np.zeros(len(points))
    for i, row in enumerate(squares(points, points)):
        row[i] = np.inf
        kth = np.sort(row)[k - 1]
        found += (row < kth) + (row == kth) * (k - (row < kth).sum()) / (row == kth).sum()
    return found


def cloud_of(points):
    return clouds(*[torch.as_tensor(points)] * 2)[0]


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 3), st.booleans())
@settings(max_examples=15)
def test_occurrences_are_counted_in_equal_parts_and_are_k_on_average(seed, k, d, whole):
    points = np.random.default_rng(seed).normal(size=(14, d))
    points = np.round(points) if whole else points
    found = occurrences(cloud_of(points), k, 5)
    assert_allclose(found, counted(points, k), atol=1e-12)
    assert_allclose(found.mean(), k)


@pytest.mark.parametrize("k", [2, 10])
def test_skewness_and_antihubs_are_those_of_the_fakes(k, device):
    rng = np.random.default_rng(k)
    real, fake = rng.normal(size=(15, 20)), rng.normal(size=(80, 20))
    found = hubness(*(torch.tensor(points, device=device) for points in (real, fake)), k)
    assert_allclose(found["skewness"].value, skew(counted(fake, k)))
    assert found["antihubs"].value == (counted(fake, k) == 0).mean() > 0
    assert all(score.error is None for score in found.values())


def test_skewness_grows_with_the_number_of_features():
    g = torch.Generator().manual_seed(0)
    few, many = (hubness(torch.zeros(1, d), torch.randn(300, d, generator=g)) for d in (2, 100))
    assert few["skewness"].value < 1 < 2 < many["skewness"].value
    assert few["antihubs"].value < many["antihubs"].value


def test_points_of_a_circle_and_equal_points_have_no_hubs():
    turns = 2 * np.pi * np.arange(24) / 24
    circle = torch.tensor(np.stack([np.cos(turns), np.sin(turns)], 1))
    for fake in (circle, torch.full((12, 3), 0.1)):
        found = hubness(fake[:2], fake, 4)
        assert (found["skewness"].value, found["antihubs"].value) == (0, 0)


def test_a_star_has_one_hub():
    # Everyone's nearest is the middle, whose own nearest is the first tip: N_1 is 12, 1 and eleven times 0.
    points = np.concatenate([np.zeros((1, 12)), np.diag(2 + 0.01 * np.arange(12))])
    found = hubness(torch.zeros(1, 12), torch.tensor(points), 1)
    assert_allclose(found["skewness"].value, skew([12, 1] + [0] * 11))
    assert_allclose(found["antihubs"].value, 11 / 13)
    # Beside a star of three tips, two pairs.
    points = np.concatenate(
        [np.zeros((1, 3)), np.diag([2, 2.01, 2.02]), [[50, 0, 0], [51, 0, 0], [0, 50, 0], [0, 51, 0]]]
    )
    found = hubness(torch.zeros(1, 3), torch.tensor(points), 1)
    assert_allclose(found["skewness"].value, skew([3, 1, 0, 0, 1, 1, 1, 1]))


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(10, 2), "10 neighbours need at least 11 points, not 10"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.zeros(5, 2), torch.full((20, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 3), torch.zeros(20, 2), "equally many features, not 3 and 2"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        hubness(real, fake)


def test_component_computes_the_function():
    fake = torch.randn(40, 5, generator=torch.Generator().manual_seed(1))
    component = Hubness(neighbours=2)
    assert component.compute(fake, fake) == hubness(fake, fake, 2) != hubness(fake, fake, 10)
    assert Hubness().compute(fake, fake) == hubness(fake, fake, 10) == hubness(fake, fake)
    assert {type(score.value) for score in component.compute(fake, fake).values()} == {float}
    assert tuple(component.compute(fake, fake)) == component.parts == ("skewness", "antihubs")
    assert (component.direction, component.samples) == ("lower", 1000)
    assert component.range == (-float("inf"), float("inf"))


def test_more_samples_than_neighbours_are_asked_for():
    assert Hubness(samples=11).samples == 11
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 10 and 10: raise samples"):
        Hubness(samples=10)
