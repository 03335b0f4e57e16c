"""Density against a brute-force oracle on integer points, and its expectation under equality.

Mutations tried (a test failed for each): no division by k, the other set's number.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neighbourhoods import strictly_inside
from rivalry_zoo.metrics.density import Density, density
from rivalry_zoo.metrics.precision import precision


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=15)
def test_it_is_the_definition_with_ties_counted_outside(sets, k):
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(density(real, fake, k).value, strictly_inside(*sets, k).sum() / (k * len(sets[1])))


@pytest.mark.parametrize(("n", "m", "k"), [(60, 60, 5), (60, 20, 2)])
def test_equal_distributions_give_one_on_average(n, m, k):
    rng = np.random.default_rng(n + k)
    values = [
        density(torch.tensor(rng.normal(size=(n, 3))), torch.tensor(rng.normal(size=(m, 3))), k).value
        for _ in range(60)
    ]
    assert_allclose(np.mean(values), 1, atol=4 * np.std(values) / 60**0.5)
    assert np.std(values) < 0.5


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 6))
@settings(max_examples=10)
def test_copies_have_density_one(seed, d, k):
    x = torch.tensor(1e3 + np.random.default_rng(seed).normal(size=(12, d)))
    assert_allclose(density(x, x, k).value, 1)


def test_disjoint_sets_have_none_and_crowds_exceed_one(device):
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0)).to(device)
    assert density(x, x + 100).value == 0
    alone = [density(x, x[i : i + 1]).value for i in range(20)]
    assert min(alone) < 0.8 < 1.3 < max(alone)


def test_one_real_outlier_inflates_precision_but_not_density():
    g = torch.Generator().manual_seed(1)
    real, fake = torch.randn(99, 2, generator=g), 30 + torch.randn(50, 2, generator=g)
    real = torch.cat([real, torch.full((1, 2), 45.0)])
    assert precision(real, fake).value == 1
    assert_allclose(density(real, fake).value, 1 / 5)


def test_constant_features_have_balls_without_inside():
    x = torch.full((8, 5), 0.1)
    assert density(x, x[:4]).value == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(9, 2), "5 neighbours need at least 6 points, not 5"),
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.zeros(9, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(9, 2), torch.zeros(9, 3), "equally many features, not 2 and 3"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        density(real, fake)


def test_component_computes_the_function():
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert Density(neighbours=2).compute(real, fake) == density(real, fake, 2) != density(real, fake, 5)
    assert Density().compute(real, fake) == density(real, fake, 5) == density(real, fake)
    assert density(real, fake).error is None
    assert type(density(real, fake).value) is float
    assert (Density.direction, Density.range, Density().samples) == ("higher", (0, float("inf")), 1000)


def test_more_samples_than_neighbours_are_asked_for():
    assert Density(samples=6).samples == 6
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 5 and 5: raise samples"):
        Density(samples=5)
