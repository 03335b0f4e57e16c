"""tr (S1 S2)^(1/2) of commuting covariances, where it is the sum of products of deviations, at every condition.

Mutations tried (a test failed for each): the doubt left out, the second factor's determinant left out of it, the limit
of pivots left out, the triangle's zeros cut one block too early, the singular part kept.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks import overlaps as module
from rivalry_zoo.blocks.overlaps import largest_skew, overlap_of_covariances, overlap_of_rows, regular_overlap


def axes_of(rng, d):
    return np.linalg.qr(rng.normal(size=(d, d)))[0]


def covariance(axes, deviations):
    product = (axes * deviations**2) @ axes.T
    return torch.tensor((product + product.T) / 2)


def half(least, d):
    return np.r_[np.full(d // 2, least), np.ones(d - d // 2)]


SPECTRA = {
    "geometric": lambda least, d: np.geomspace(least, 1, d),
    "half": half,
    "spike": lambda least, d: np.r_[np.full(d - 1, least), 1.0],
    "power": lambda least, d: np.arange(1.0, d + 1) ** -1.5,
}


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("order", ["same", "mixed", "opposite"])
def test_condition_1e8_keeps_twelve_digits(spectrum, order, device):
    d, rng = 60, np.random.default_rng(0)
    a = SPECTRA[spectrum](1e-4, d)
    b = {"same": 1.5 * a, "mixed": rng.permutation(a), "opposite": a[::-1]}[order]
    axes = axes_of(rng, d)
    first, second = covariance(axes, a).to(device), covariance(axes, b).to(device)
    scale = np.sqrt((a @ a) * (b @ b))
    assert abs(float(overlap_of_covariances(first, second)) - a @ b) < 5e-13 * scale


def test_smooth_spectra_of_condition_1e8_take_the_fast_way(monkeypatch):
    monkeypatch.setattr(module.torch.linalg, "svdvals", None)
    rng = np.random.default_rng(1)
    axes, a = axes_of(rng, 60), np.geomspace(1e-4, 1, 60)
    for b in (1.5 * a, rng.permutation(a), a[::-1], np.ones(60)):
        first, second = covariance(axes, a), covariance(axes, b)
        limit = 5e-13 * np.sqrt((a @ a) * (b @ b))
        assert_allclose(overlap_of_covariances(first, second), a @ b, rtol=0, atol=limit)
        assert_allclose(regular_overlap(first, second), a @ b, rtol=0, atol=limit)


@pytest.mark.parametrize("least", [1e-3, 1e-4, 1e-5])
def test_eigenvalues_that_rounding_has_spoilt_are_seen(least):
    # Most true eigenvalues are 1e-12 to 1e-20 of the largest: noise of eigvalsh, off by 1e-11 and more even where all
    # come out above 0, as the first do.
    rng = np.random.default_rng(2)
    axes = np.linalg.qr(np.eye(40) + 1e-3 * rng.normal(size=(40, 40)))[0]
    for a in (np.r_[np.full(37, least), 1, 1, 1], half(least, 40)):
        assert regular_overlap(covariance(axes, a), covariance(axes, a)) is None
        assert_allclose(overlap_of_covariances(covariance(axes, a), covariance(axes, a)), a @ a, rtol=1e-12)


def test_nearly_singular_covariances_are_left_to_the_samples():
    rng = np.random.default_rng(3)
    for least, regular in ((1e-5, True), (1e-7, False)):
        sizes = torch.tensor(np.r_[np.ones(5), least] ** 2)
        found = [regular_overlap(torch.eye(6, dtype=torch.float64), torch.diag(sizes))]
        found.append(regular_overlap(torch.diag(sizes), torch.eye(6, dtype=torch.float64)))
        assert [value is not None for value in found] == [regular, regular]
    thin = torch.tensor(rng.normal(size=(3, 6)))
    assert regular_overlap(thin.T @ thin, torch.eye(6, dtype=torch.float64)) is None


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_singular_covariances_of_any_ranks(rank, other, seed):
    rng, d = np.random.default_rng(seed), 7
    axes = axes_of(rng, d)
    a, b = np.zeros(d), np.zeros(d)
    a[:rank], b[d - other :] = rng.uniform(0.5, 2, rank), rng.uniform(0.5, 2, other)
    for one, two in ((a, b), (b, a), (a, a)):
        assert_allclose(overlap_of_covariances(covariance(axes, one), covariance(axes, two)), one @ two, atol=1e-10)


def test_negative_variances_are_refused_but_not_rounding():
    eye = torch.eye(3, dtype=torch.float64)
    with pytest.raises(ValueError, match="no negative eigenvalues"):
        overlap_of_covariances(eye, torch.diag(torch.tensor([1.0, 1.0, -1e-6], dtype=torch.float64)))
    slightly = torch.diag(torch.tensor([1.0, 4.0, -1e-12], dtype=torch.float64))
    assert_allclose(overlap_of_covariances(eye, slightly), 3, rtol=1e-12)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_rows_give_the_nuclear_norm_of_their_product(n, m, d, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    expected = np.linalg.norm(a @ b.T, "nuc")
    assert_allclose(overlap_of_rows(torch.tensor(a), torch.tensor(b)), expected, rtol=1e-10)


def test_many_rows_are_reduced_in_chunks():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(31, 3)), rng.normal(size=(50, 3))
    expected = np.linalg.norm(a @ b.T, "nuc")
    assert_allclose(overlap_of_rows(torch.tensor(a), torch.tensor(b)), expected, rtol=1e-12)


@pytest.mark.parametrize("d", [1, 5, 8, 9, 17])
def test_zeros_of_the_triangle_are_left_out(d):
    rng = np.random.default_rng(d)
    factor, raw = np.tril(rng.normal(size=(d, d))), rng.normal(size=(d, d))
    full = factor.T @ (raw + raw.T) @ factor
    got = module._conjugated(torch.tensor(factor), torch.tensor(raw + raw.T)).numpy()
    assert_allclose(np.tril(got), np.tril(full), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 7, 256])
def test_skew_is_found_in_any_block(size):
    raw = np.random.default_rng(size).normal(size=(7, 7))
    assert_allclose(largest_skew(torch.tensor(raw), size), np.abs(raw - raw.T).max(), rtol=1e-15)
    even = torch.tensor(raw + raw.T)
    assert largest_skew(even, size) == 0
    for i in range(7):
        for j in range(7):
            even[i, j] += 2
            assert largest_skew(even, size) == (0 if i == j else pytest.approx(2))
            even[i, j] = float("nan")
            assert largest_skew(even, size).isnan()
            even[i, j] = raw[i, j] + raw[j, i]
