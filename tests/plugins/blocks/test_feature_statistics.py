"""Streamed means and covariances against numpy's, and against exact ones far from the origin.

Mutations tried (a test failed for each): the correction for the means' distance left out, its counts exchanged for
their sum, the mean of the second part taken whole.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks import feature_statistics as module
from rivalry_zoo.blocks.feature_statistics import FeatureStatistics, gram


def gathered(*parts):
    statistics = FeatureStatistics()
    for part in parts:
        statistics.add(torch.as_tensor(part))
    return statistics


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5), st.integers(1, 4), st.integers(0, 10**6), st.booleans())
@settings(max_examples=15, deadline=None)
def test_any_parts_give_the_moments_of_the_whole(counts, d, seed, joined):
    rng = np.random.default_rng(seed)
    parts = [rng.normal(i, 1 + i, (n, d)) for i, n in enumerate([2, *counts])]
    whole = np.concatenate(parts)
    if joined:
        statistics = FeatureStatistics()
        for part in parts:
            statistics.join(gathered(part))
    else:
        statistics = gathered(*parts)
    assert statistics.count == len(whole)
    assert_allclose(statistics.mean, whole.mean(0), rtol=1e-12, atol=1e-12)
    assert_allclose(statistics.covariance, np.cov(whole.T).reshape(d, d), rtol=1e-11, atol=1e-11)


def test_an_offset_costs_no_digits(device):
    rng = np.random.default_rng(0)
    small = rng.integers(-(2**9), 2**9, (300, 5)) / 2**10  # so that 1e4 + small is exact in float32
    shifted = torch.tensor(small + 1e4, dtype=torch.float32, device=device)
    statistics = gathered(*shifted.split(70))
    assert statistics.mean.dtype == statistics.covariance.dtype == torch.float64
    assert_allclose(statistics.mean.cpu() - 1e4, small.mean(0), atol=1e-11)
    assert_allclose(statistics.covariance.cpu(), np.cov(small.T), rtol=1e-12, atol=1e-13)


def test_large_parts_are_taken_in_slices(monkeypatch):
    x = np.random.default_rng(1).normal(size=(50, 3))
    monkeypatch.setattr(module, "PART", 7)
    monkeypatch.setattr(module, "gram", lambda rows: gram(rows) if len(rows) <= 7 else pytest.fail("too many rows"))
    assert_allclose(gathered(x).covariance, np.cov(x.T), rtol=1e-12)


def test_joining_copies_and_nothing_joined_changes_nothing():
    first, empty = gathered(np.eye(3)), FeatureStatistics()
    empty.join(FeatureStatistics())
    assert (empty.count, empty.mean, empty.scatter) == (0, None, None)
    empty.join(first)
    empty.add(torch.ones(4, 3))
    assert first.count == 3
    assert_allclose(first.mean, np.full(3, 1 / 3))
    assert_allclose(first.covariance, np.cov(np.eye(3)), rtol=1e-12)
    first.join(FeatureStatistics())
    assert first.count == 3


def test_gradients_stay_outside():
    x = torch.randn(4, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    assert not gathered(x).covariance.requires_grad


@pytest.mark.parametrize(("parts", "words"), [([], "not 0"), ([np.ones((1, 2))], "not 1")])
def test_one_vector_has_no_covariance(parts, words):
    with pytest.raises(ValueError, match=f"at least 2 feature vectors, {words}"):
        _ = gathered(*parts).covariance


@pytest.mark.parametrize(("n", "d"), [(5, 1), (4, 7), (9, 8), (3, 9), (6, 30)])
def test_half_of_the_products_are_enough(n, d):
    x = np.random.default_rng(d).normal(size=(n, d))
    assert_allclose(gram(torch.tensor(x)), x.T @ x, rtol=1e-12, atol=1e-13)
    assert_allclose(gram(torch.tensor(x), blocks=2), x.T @ x, rtol=1e-12, atol=1e-13)
