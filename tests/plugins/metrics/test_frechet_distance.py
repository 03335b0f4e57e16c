"""The Frechet distance against closed forms, scipy's eigenvalues and its own invariances.

Mutations tried (a test failed for each): ddof 0, factor 2 of the overlap dropped, means not compared, samples not told
from statistics where those are nearly singular. The overlap has tests of its own (blocks/overlaps).
"""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mps import on_mps
from rivalry_zoo.blocks.feature_statistics import FeatureStatistics
from rivalry_zoo.metrics import frechet_distance as module
from rivalry_zoo.metrics.frechet_distance import FrechetDistance, frechet_distance, frechet_from_statistics

seeds = st.integers(0, 10**6)


def distance(x, y, device="cpu"):
    return frechet_distance(torch.tensor(x, device=device), torch.tensor(y, device=device)).value


def with_covariance(rng, n, axes, deviations):
    """n samples of mean 0 whose sample covariance has exactly these axes (columns) and deviations."""
    raw = rng.normal(size=(n, len(deviations)))
    q, _ = np.linalg.qr(raw - raw.mean(0))
    return q * np.sqrt(n - 1) * deviations @ axes.T


def axes_of(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def by_eigenvalues(x, y):
    s1, s2 = np.cov(x.T), np.cov(y.T)
    overlap = np.sqrt(np.maximum(scipy.linalg.eigvals(s1 @ s2).real, 0)).sum()
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(s1 + s2) - 2 * overlap


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=8), st.lists(st.integers(-50, 50), min_size=2, max_size=8))
@settings(max_examples=12, deadline=None)
def test_on_the_line_means_and_deviations_differ_in_squares(x, y):
    expected = (np.mean(x) - np.mean(y)) ** 2 + (np.std(x, ddof=1) - np.std(y, ddof=1)) ** 2
    assert_allclose(distance(np.array(x, float)[:, None], np.array(y, float)[:, None]), expected, rtol=1e-9, atol=1e-9)


@given(st.integers(1, 6), st.integers(8, 30), seeds)
@settings(max_examples=12, deadline=None)
def test_commuting_covariances_give_the_difference_of_deviations(d, n, seed):
    rng = np.random.default_rng(seed)
    axes, a, b, shift = axes_of(rng, d), rng.uniform(0, 3, d), rng.uniform(0, 3, d), rng.normal(size=d)
    x, y = with_covariance(rng, n, axes, a), with_covariance(rng, n + 5, axes, b) + shift
    assert_allclose(distance(x, y), ((a - b) ** 2).sum() + shift @ shift, rtol=1e-9, atol=1e-9)


def test_ill_conditioned_commuting_covariances_keep_twelve_digits(device):
    rng = np.random.default_rng(0)
    d = 60
    axes, a, b = axes_of(rng, d), np.geomspace(1, 1e-4, d), np.geomspace(1e-4, 1, d)
    x, y = with_covariance(rng, 200, axes, a), with_covariance(rng, 150, axes, b)
    assert_allclose(distance(x, y, device), ((a - b) ** 2).sum(), rtol=1e-12)


@given(st.integers(1, 5), st.integers(2, 12), st.integers(2, 12), seeds)
@settings(max_examples=12, deadline=None)
def test_translation_rotation_and_exchange_change_nothing(d, n, m, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(1, 2, size=(m, d))
    turn, move = axes_of(rng, d), rng.normal(size=d) * 10
    moved = [distance(x @ turn + move, y @ turn + move), distance(y, x)]
    assert_allclose(moved, distance(x, y), rtol=1e-8, atol=1e-8)


@given(st.integers(1, 6), st.integers(2, 20), seeds)
@settings(max_examples=12, deadline=None)
def test_a_set_is_no_distance_from_itself(d, n, seed):
    x = np.random.default_rng(seed).normal(size=(n, d))
    assert_allclose(distance(x, x), 0, atol=1e-10)


def test_rounding_leads_to_no_distance_below_zero():
    rng = np.random.default_rng(7)
    assert min(distance(x, x) for x in rng.normal(size=(20, 12, 3))) == 0


@pytest.mark.parametrize(
    ("n", "m", "d"), [(6, 9, 20), (6, 50, 20), (50, 6, 20), (50, 60, 20), (20, 20, 20), (21, 20, 20)]
)
def test_full_and_deficient_ranks_agree_with_the_eigenvalues_of_the_product(n, m, d, device):
    rng = np.random.default_rng(n + m)
    x, y = rng.normal(size=(n, d)), rng.normal(0.5, 1.5, size=(m, d))
    assert_allclose(distance(x, y, device), by_eigenvalues(x, y), rtol=1e-6)


def test_singular_covariance_of_many_samples_is_exact():
    rng = np.random.default_rng(3)
    axes, a, b = axes_of(rng, 6), np.array([3.0, 2, 1, 0, 0, 0]), np.array([0.0, 1, 1, 1, 2, 0])
    x, y = with_covariance(rng, 400, axes, a), with_covariance(rng, 300, axes, b)
    assert_allclose(distance(x, y), ((a - b) ** 2).sum(), rtol=1e-10)
    assert_allclose(distance(y, x), ((a - b) ** 2).sum(), rtol=1e-10)


def test_regular_covariances_take_the_fast_way(monkeypatch):
    monkeypatch.setattr(module, "overlap_of_rows", None)
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(100, 8)), rng.normal(2, size=(90, 8))
    assert_allclose(distance(x, y), by_eigenvalues(x, y), rtol=1e-10)


def test_samples_of_one_gaussian_stay_apart_by_the_finite_sample_floor():
    rng = np.random.default_rng(6)
    d, n = 8, 1000
    values = [distance(rng.normal(size=(n, d)), rng.normal(size=(n, d))) for _ in range(60)]
    assert_allclose(np.mean(values), (2 * d + d * (d + 1) / 2) / n, atol=4 * np.std(values) / 60**0.5)
    assert np.std(values) / 60**0.5 < 0.03 * np.mean(values)


def test_constant_features_leave_the_distance_of_the_means():
    assert_allclose(distance(np.full((9, 3), 1.0), np.full((4, 3), 3.0)), 12)
    assert_allclose(distance(np.full((2, 3), 0.1), np.full((40, 3), 0.1)), 0, atol=1e-12)


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(1, 2), torch.zeros(5, 2), "real must hold at least 2"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 2"),
        (torch.full((5, 2), float("nan")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        frechet_distance(real, fake)


@given(st.integers(2, 5), st.booleans(), seeds)
@settings(max_examples=10, deadline=None)
def test_streamed_statistics_give_the_distance_of_the_features(d, wide, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(30, d)) + 1e4 * wide, rng.normal(1, 2, size=(20, d)) + 1e4 * wide
    known = []
    for features in (x, y):
        statistics = FeatureStatistics()
        for part in torch.tensor(features).split(7):
            statistics.add(part)
        known += [statistics.mean, statistics.covariance]
    assert_allclose(frechet_from_statistics(*known).value, distance(x, y), rtol=1e-9, atol=1e-9)
    assert_allclose(frechet_from_statistics(*known).value, by_eigenvalues(x, y), rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_diagonal_covariances_give_the_difference_of_deviations(dtype, device):
    a, b, shift = torch.tensor([[1.0, 0.4, 0.9, 0.0], [0.4, 0.1, 0.0, 0.0], [0.1, 0.0, -0.2, 0.5]], dtype=dtype)
    words = [torch.zeros(4, dtype=dtype), a.diag(), shift, b.diag()]
    got = frechet_from_statistics(*(word.to(device).requires_grad_() for word in words)).value
    a, b, shift = (word.detach().double().numpy() for word in (a, b, shift))  # as float32 holds them
    assert_allclose(got, ((np.sqrt(a) - np.sqrt(b)) ** 2).sum() + shift @ shift, rtol=1e-12)
    assert_allclose(frechet_from_statistics(*words[:2] * 2).value, 0, atol=1e-12)
    assert type(got) is float


def test_statistics_on_mps_leave_it_to_be_widened():
    words = [torch.zeros(2), torch.tensor([[2.0, 0.1], [0.1, 1.0]]), torch.ones(2), EYE]
    assert frechet_from_statistics(*map(on_mps, words)) == frechet_from_statistics(*words)


@pytest.mark.parametrize("lengths", [(1e-3, 1e-7), (1e-7, 1e-3)])
def test_nearly_singular_samples_are_told_from_themselves(lengths):
    # What a covariance of float64 knows of 1e-7 beside 1 is two digits; the samples know all.
    rng = np.random.default_rng(9)
    axes, d = axes_of(rng, 6), 6
    a, b = (np.r_[np.ones(d - 1), length] for length in lengths)
    x, y = with_covariance(rng, 40, axes, a), with_covariance(rng, 50, axes, b)
    assert_allclose(distance(x, y), (1e-3 - 1e-7) ** 2, rtol=0, atol=1e-14)


EYE = torch.eye(2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((torch.zeros(2), EYE, torch.zeros(3), torch.eye(3)), "equally many features, not 2 and 3"),
        ((torch.zeros(3), EYE, torch.zeros(2), EYE), r"real must have a mean .* not \[3\] and \[2, 2\]"),
        ((torch.zeros(2), EYE, torch.zeros(2, 1), EYE), r"fake must have a mean .* not \[2, 1\] and \[2, 2\]"),
        ((torch.zeros(2), EYE[:1], torch.zeros(2), EYE), r"real must have .* \[1, 2\]"),
        ((torch.zeros(0), EYE[:0, :0], torch.zeros(0), EYE[:0, :0]), "real must have a mean"),
        ((torch.zeros(2), EYE, torch.full((2,), float("nan")), EYE), "fake's mean and covariance must be finite"),
        ((torch.zeros(2), EYE / 0, torch.zeros(2), EYE), "real's mean and covariance must be finite"),
        ((torch.zeros(2), EYE, torch.zeros(2), EYE + torch.tensor([[0, 1e-3], [0, 0]])), "fake's .* symmetric"),
        ((torch.zeros(2), EYE, torch.zeros(2), -EYE), "no negative eigenvalues"),
    ],
)
def test_bad_statistics_are_refused_in_words(words, message):
    with pytest.raises(ValueError, match=message):
        frechet_from_statistics(*words)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_covariances_may_be_as_unsymmetric_as_rounding_makes_them(size):
    by = torch.tensor([[0, size], [0, 0]])
    fine = frechet_from_statistics(torch.zeros(2), size * EYE, torch.zeros(2), size * EYE + 9e-6 * by).value
    assert_allclose(fine, 0, atol=1e-5 * size)
    with pytest.raises(ValueError, match="real's covariance must be symmetric"):
        frechet_from_statistics(torch.zeros(2), size * EYE + 1.1e-5 * by, torch.zeros(2), size * EYE)


def test_a_hundred_thousandth_of_the_largest_variance_is_the_limit():
    by = torch.tensor([[0, 1e-5], [0, 0]], dtype=torch.float64)
    frechet_from_statistics(torch.zeros(2), EYE, torch.zeros(2), EYE + by)
    with pytest.raises(ValueError, match="real's covariance must be symmetric"):
        frechet_from_statistics(torch.zeros(2), EYE + 10 * EYE.flip(0) + 2 * by, torch.zeros(2), EYE)


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0)])
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_covariances_that_are_not_finite_are_found(place, bad):
    wrong = EYE.clone()
    wrong[place] = bad
    with pytest.raises(ValueError, match="fake's mean and covariance must be finite"):
        frechet_from_statistics(torch.zeros(2), EYE, torch.zeros(2), wrong)


def test_component_computes_the_function():
    x, y = torch.eye(4), torch.ones(3, 4)
    assert FrechetDistance().compute(x, y) == frechet_distance(x, y)
    assert frechet_distance(x, y).error is None
    assert type(frechet_distance(x, y).value) is float
    assert FrechetDistance.is_default
    assert (FrechetDistance.direction, FrechetDistance.range) == ("lower", (0, float("inf")))
    assert (FrechetDistance().title(), FrechetDistance.published) == ("fd_pixels", "FID")
