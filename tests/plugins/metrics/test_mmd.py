"""MMD against double loops in numpy, closed forms of Gaussians, the energy distance's integral, and enumeration.

Mutations tried (a test failed for each): factor 2 of the cross term dropped, a width squared twice, the diagonal of the
biased value left out, scale not squared.
"""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.mmd import Mmd, mmd

KERNELS = ["rbf", "rational_quadratic", "energy"]


def looped(x, y, kernel, biased=False, scale=1.0):
    """The definition, pair by pair."""

    def k(a, b):
        r = np.sqrt(((a - b) ** 2).sum()) / scale
        if kernel == "rbf":
            return np.mean([np.exp(-((r / w) ** 2) / 2) for w in (1, 2, 4, 8, 16)])
        if kernel == "energy":
            return -r
        return np.mean([1 / (1 + r * r / 2 / a) ** a for a in (0.1, 1, 10)])

    def within(z):
        return np.mean([k(a, b) for i, a in enumerate(z) for j, b in enumerate(z) if biased or i != j])

    return within(x) + within(y) - 2 * np.mean([k(a, b) for a in x for b in y])


def both(x, y, *options, device="cpu", **more):
    return mmd(torch.tensor(x, device=device), torch.tensor(y, device=device), *options, **more)


@given(
    st.integers(2, 6), st.integers(2, 6), st.integers(1, 4), st.integers(0, 10**6), st.sampled_from(KERNELS),
    st.booleans(), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from([1, 3, 1024]),
)  # fmt: skip
@settings(max_examples=40)
def test_value_is_the_definition_for_unequal_counts_and_any_tile(m, n, d, seed, kernel, biased, scale, tile):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (m, d)), rng.normal(0, 1, (n, d))
    got = both(x, y, kernel, scale, biased, tile).value
    assert_allclose(got, looped(x, y, kernel, biased, scale), rtol=1e-9, atol=1e-9)


@given(st.integers(2, 8), st.integers(2, 8), st.integers(0, 10**6), st.sampled_from(KERNELS))
@settings(max_examples=30)
def test_biased_value_exceeds_the_unbiased_by_the_diagonals_share(m, n, seed, kernel):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(m, 2)), rng.normal(1, 2, (n, 2))
    top = 0.0 if kernel == "energy" else 1.0

    def within(z):  # the mean over distinct pairs: what a copy of a set is short of the diagonal
        return top + len(z) * both(z, z, kernel).value / 2

    gap = (top - within(x)) / m + (top - within(y)) / n
    assert_allclose(both(x, y, kernel, biased=True).value - both(x, y, kernel).value, gap, atol=1e-10)
    assert both(x, y, kernel, biased=True).value >= 0


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_subset_of_a_small_population_gives_its_value_on_average(kernel):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(4, 2)), rng.normal(1, size=(4, 2))
    chosen = product(combinations(range(4), 2), combinations(range(4), 3))
    values = [both(x[list(a)], y[list(b)], kernel).value for a, b in chosen]
    assert_allclose(np.mean(values), looped(x, y, kernel), rtol=1e-10)


@pytest.mark.parametrize("d", [1, 4])
def test_gaussians_give_the_closed_form_of_the_mixture(d, device):
    rng = np.random.default_rng(d)
    s, t, shift = 1.0, 1.5, 0.8

    def mean(u, v, apart):
        width = np.array([1.0, 2, 4, 8, 16]) ** 2
        total = width + u**2 + v**2
        return np.mean((width / total) ** (d / 2) * np.exp(-d * apart**2 / (2 * total)))

    truth = mean(s, s, 0) + mean(t, t, 0) - 2 * mean(s, t, shift)
    score = both(rng.normal(0, s, (1500, d)), rng.normal(shift, t, (1000, d)), device=device)
    assert abs(score.value - truth) < 4 * score.error
    assert score.error < truth / 8


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8), st.lists(st.integers(-9, 9), min_size=1, max_size=8))
@settings(max_examples=50)
def test_energy_distance_is_twice_the_squared_gap_of_distribution_functions(x, y):
    grid = np.arange(-9, 9)  # both functions are constant on [i, i + 1)
    gap = (np.array(x)[:, None] <= grid).mean(0) - (np.array(y)[:, None] <= grid).mean(0)
    got = both(np.array(x, float)[:, None], np.array(y, float)[:, None], "energy", biased=True).value
    assert_allclose(got, 2 * (gap**2).sum(), atol=1e-9)


def test_two_standard_errors_cover_a_shift():
    rng = np.random.default_rng(5)
    truth = np.mean([both(*rng.normal([[[0.0]], [[0.9]]], 1, (2, 1000, 1))).value for _ in range(4)])
    scores = [both(*rng.normal([[[0.0]], [[0.9]]], 1, (2, 50, 1))) for _ in range(150)]
    covered = np.mean([abs(score.value - truth) < 1.96 * score.error for score in scores])
    assert 0.86 <= covered <= 0.995


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("biased", [False, True])
def test_constants_are_no_distance_apart_far_from_the_origin(kernel, biased):
    assert_allclose(both(np.full((6, 3), 1e4), np.full((5, 3), 1e4), kernel, biased=biased).value, 0, atol=1e-9)


def test_far_apart_bounded_kernels_reach_two():
    x = np.full((5, 2), 1e6)
    assert_allclose(both(x, -x, "rbf").value, 2)
    assert_allclose(both(x, -x, "energy").value, 2 * np.sqrt(2) * 2e6)


@pytest.mark.parametrize("kernel", KERNELS)
def test_far_from_the_origin_no_digits_are_lost(kernel):
    x, y = np.random.default_rng(2).integers(-16, 16, size=(2, 6, 3)) / 8  # exact beside 2^20
    for shift in (2.0**20, -(2.0**20)):
        assert_allclose(both(x + shift, y + shift, kernel).value, looped(x, y, kernel), rtol=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_copies_are_no_biased_distance_apart_and_their_error_is_a_number(kernel):
    sets = np.random.default_rng(3).normal(size=(20, 7, 3))
    assert min(both(x, x, kernel, biased=True).value for x in sets) == 0
    assert min(both(x, x, kernel).error for x in sets) > 0  # as copies agree better than samples do


def test_error_only_where_defined():
    x = np.random.default_rng(0).normal(size=(9, 2))
    score = both(x[:4], x[4:8])
    assert type(score.value) is type(score.error) is type(both(x, x, biased=True).value) is float
    assert both(x, x[:3]).error is None
    assert both(x, x, biased=True).error is None
    assert both(x[:1], x[1:2], biased=True).value > 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(1, 2), torch.zeros(5, 2), "real must hold at least 2"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 2"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        mmd(real, fake)


def test_one_sample_is_enough_where_pairs_with_itself_count():
    assert mmd(torch.zeros(1, 2), torch.zeros(1, 2), biased=True).value == 0
    with pytest.raises(ValueError, match="real must hold at least 1"):
        mmd(torch.zeros(0, 2), torch.zeros(5, 2), biased=True)


def test_component_computes_the_function():
    x, y = torch.eye(5), torch.ones(6, 5)
    assert Mmd(kernel="energy", scale=2.0, biased=True).compute(x, y) == mmd(x, y, "energy", 2.0, True)
    assert Mmd().compute(x, y) == mmd(x, y)
