"""Coverage against a brute-force oracle on integer points, and its expectation under equality.

Mutations tried (a test failed for each): points counted for balls, a factor of the expectation dropped.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neighbourhoods import strictly_inside
from rivalry_zoo.metrics.coverage import Coverage, coverage, expected_coverage


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=15)
def test_it_is_the_definition_with_ties_counted_outside(sets, k):
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(coverage(real, fake, k).value, strictly_inside(*sets, k).any(1).mean())


@pytest.mark.parametrize(("n", "m", "k"), [(60, 60, 5), (60, 60, 3), (60, 20, 2)])
def test_equal_distributions_give_the_expected_coverage(n, m, k):
    rng = np.random.default_rng(n + k)
    values = [
        coverage(torch.tensor(rng.normal(size=(n, 3))), torch.tensor(rng.normal(size=(m, 3))), k).value
        for _ in range(60)
    ]
    assert_allclose(np.mean(values), expected_coverage(n, m, k), atol=4 * np.std(values) / 60**0.5)
    assert np.std(values) < 0.1


def test_expected_coverage_is_the_chance_in_random_orders():
    # A sample is not covered if, of its N - 1 + M others in random order, the k nearest are real.
    rng = np.random.default_rng(0)
    nearest = rng.permuted(np.tile(np.arange(9 + 6) < 9, (40_000, 1)), axis=1)[:, :3]
    missed = nearest.all(1).mean()
    assert_allclose(expected_coverage(10, 6, 3), 1 - missed, atol=4 * (missed / 40_000) ** 0.5)
    assert expected_coverage(4, 4, 3) == pytest.approx(1 - 6 / (7 * 6 * 5))
    assert_allclose(expected_coverage(10**6, 10**6), 1 - 2**-5, atol=1e-5)


def test_copies_cover_everything_far_points_nothing_and_one_point_its_own(device):
    x = 1e3 + torch.randn(200, 6, generator=torch.Generator().manual_seed(0)).to(device)
    assert coverage(x, x).value == 1
    assert coverage(x, x + 100).value == 0
    assert coverage(x, x[:1] + 1e-3 * (x - 1e3)).value < 0.1


def test_one_real_outlier_is_one_more_covered():
    g = torch.Generator().manual_seed(1)
    real, fake = torch.randn(99, 2, generator=g), 30 + torch.randn(50, 2, generator=g)
    assert coverage(torch.cat([real, torch.full((1, 2), 45.0)]), fake).value == 1 / 100


def test_constant_features_have_balls_without_inside():
    x = torch.full((8, 5), 0.1)
    assert coverage(x, x[:4]).value == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(9, 2), "5 neighbours need at least 6 points, not 5"),
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.full((9, 2), float("nan")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(9, 2), torch.zeros(9, 3), "equally many features, not 2 and 3"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        coverage(real, fake)


def test_component_computes_the_function():
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert Coverage(neighbours=2).compute(real, fake) == coverage(real, fake, 2) != coverage(real, fake, 5)
    assert Coverage().compute(real, fake) == coverage(real, fake, 5) == coverage(real, fake)
    assert coverage(real, fake).error is None
    assert type(coverage(real, fake).value) is float
    assert (Coverage.direction, Coverage.range, Coverage().samples) == ("higher", (0, 1), 1000)


def test_more_samples_than_neighbours_are_asked_for():
    assert Coverage(samples=6).samples == 6
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 5 and 5: raise samples"):
        Coverage(samples=5)
