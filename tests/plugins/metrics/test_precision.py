"""Improved precision against a brute-force oracle on integer points, where ties are exact.

Mutation tried (a test failed): balls counted for points.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neighbourhoods import inside
from rivalry_zoo.metrics.precision import Precision, precision


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=15)
def test_it_is_the_definition_with_ties_counted_inside(sets, k):
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(precision(real, fake, k).value, inside(*sets, k).any(0).mean())


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=10)
def test_a_set_covers_itself(seed, d):
    x = torch.tensor(1e3 + np.random.default_rng(seed).normal(size=(12, d)))
    assert precision(x, x).value == 1


def test_the_part_of_the_fakes_that_lies_among_the_real_ones(device):
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert precision(x, x + 100).value == 0
    assert precision(x, torch.cat([x[:6], x[:3] + 100])).value == 2 / 3
    assert precision(x, x[:1] + 1e-3 * x).value == 1


def test_equal_points_cover_each_other_without_any_radius():
    x = torch.full((8, 5), 0.1)
    assert precision(x, x[:4]).value == 1
    assert precision(x, x[:4] + 1e-5).value == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(3, 2), torch.zeros(5, 2), "3 neighbours need at least 4 points, not 3"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features, not 2 and 3"),
        (torch.zeros(5, 2, 2), torch.zeros(5, 2, 2), "real must be a matrix"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        precision(real, fake)


def test_component_computes_the_function():
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert Precision(neighbours=1).compute(real, fake) == precision(real, fake, 1) != precision(real, fake, 3)
    assert Precision().compute(real, fake) == precision(real, fake, 3) == precision(real, fake)
    assert precision(real, fake).error is None
    assert type(precision(real, fake).value) is float
    assert (Precision.direction, Precision.range, Precision().samples) == ("higher", (0, 1), 1000)


def test_more_samples_than_neighbours_are_asked_for():
    assert Precision(samples=4).samples == 4
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 3 and 3: raise samples"):
        Precision(samples=3)
