"""Improved recall against a brute-force oracle on integer points, where ties are exact.

Mutation tried (a test failed): the balls of the other set.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neighbourhoods import inside
from rivalry_zoo.metrics.recall import Recall, recall


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=15)
def test_it_is_the_definition_with_ties_counted_inside(sets, k):
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(recall(real, fake, k).value, inside(sets[1], sets[0], k).any(0).mean())


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=10)
def test_a_set_covers_itself(seed, d):
    x = torch.tensor(1e3 + np.random.default_rng(seed).normal(size=(12, d)))
    assert recall(x, x).value == 1


def test_the_part_of_the_real_ones_that_lies_among_the_fakes(device):
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert recall(x, x + 100).value == 0
    assert recall(torch.cat([x[:6], x[:3] + 100]), x).value == 2 / 3
    assert recall(x, x[:1] + 1e-3 * x).value < 0.1


def test_equal_points_cover_each_other_without_any_radius():
    x = torch.full((8, 5), 0.1)
    assert recall(x[:3], x).value == 1
    assert recall(x[:3] + 1e-5, x).value == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(3, 2), "3 neighbours need at least 4 points, not 3"),
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features, not 2 and 3"),
        (torch.zeros(5, 2, 2), torch.zeros(5, 2, 2), "real must be a matrix"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        recall(real, fake)


def test_component_computes_the_function():
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert Recall(neighbours=1).compute(real, fake) == recall(real, fake, 1) != recall(real, fake, 3)
    assert Recall().compute(real, fake) == recall(real, fake, 3) == recall(real, fake)
    assert recall(real, fake).error is None
    assert type(recall(real, fake).value) is float
    assert (Recall.direction, Recall.range, Recall().samples) == ("higher", (0, 1), 1000)


def test_more_samples_than_neighbours_are_asked_for():
    assert Recall(samples=4).samples == 4
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 3 and 3: raise samples"):
        Recall(samples=3)
