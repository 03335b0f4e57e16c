"""The mean of marginal Wasserstein distances against scipy's, dimension by dimension.

Mutations tried (a test failed for each): sum for mean over dimensions, columns exchanged with rows, the two counts
exchanged in the steps of `transport_costs`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import linear_sum_assignment
from scipy.stats import wasserstein_distance

from mps import on_mps
from rivalry_zoo.blocks import feature_sets
from rivalry_zoo.blocks.quantiles import transport_costs
from rivalry_zoo.metrics import wasserstein_1d as module
from rivalry_zoo.metrics.wasserstein_1d import Wasserstein1d, wasserstein_1d


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(0, 10**6), st.booleans())
@settings(max_examples=60)
def test_value_is_scipys_distance_in_each_dimension(n, m, d, seed, whole):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (n, d)), rng.normal(size=(m, d))
    if whole:  # with ties
        x, y = x.round(), y.round()
    expected = np.mean([wasserstein_distance(x[:, i], y[:, i]) for i in range(d)])
    assert_allclose(wasserstein_1d(torch.tensor(x), torch.tensor(y)).value, expected, rtol=1e-10, atol=1e-12)


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 2]), st.integers(0, 10**6))
@settings(max_examples=40)
def test_costs_are_those_of_the_best_assignment(n, m, order, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n), rng.normal(size=m)
    table = np.abs(np.repeat(a, m)[:, None] - np.repeat(b, n)) ** order  # both as n m points
    best = table[linear_sum_assignment(table)].mean()
    assert_allclose(transport_costs(torch.tensor(a)[None], torch.tensor(b)[None], order)[0], best, rtol=1e-9)


def test_evenly_spread_points_approach_the_integral_of_quantiles(device):
    u, v = (torch.arange(4000) + 0.5) / 4000, (torch.arange(3000) + 0.5) / 3000
    x, y = u.square()[:, None].double().to(device), v[:, None].double().to(device)
    assert_allclose(wasserstein_1d(x, y).value, quad(lambda t: abs(t**2 - t), 0, 1)[0], atol=1e-3)


def test_equal_marginals_hide_how_dimensions_depend():
    x = torch.randn(50, 1, generator=torch.Generator().manual_seed(0))
    assert wasserstein_1d(torch.cat([x, x], 1), torch.cat([x, x.flip(0)], 1)).value == 0


def test_constant_features_are_their_difference_apart():
    assert_allclose(wasserstein_1d(torch.full((7, 2), 1.5), torch.full((3, 2), -1.0)).value, 2.5)


def test_slices_of_dimensions_change_nothing(monkeypatch):
    g = torch.Generator().manual_seed(1)
    x, y = torch.randn(30, 9, generator=g), torch.randn(20, 9, generator=g)
    whole = wasserstein_1d(x, y)
    asked = []
    spans = lambda *words: asked.append(words) or feature_sets.spans(*words[:2], values=100)  # noqa: E731
    monkeypatch.setattr(module, "spans", spans)
    assert_allclose(wasserstein_1d(x, y).value, whole.value, rtol=1e-12)
    assert asked == [(9, 30 + 20, 2**18)]  # both sets' numbers of a slice take at most 2 MiB


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.full((5, 2), float("nan")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        wasserstein_1d(real, fake)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("side", ["real", "fake"])
def test_one_number_that_is_not_finite_is_found_anywhere(bad, side):
    sets = {"real": torch.rand(9, 4), "fake": torch.rand(7, 4)}
    sets[side][5, 2] = bad
    with pytest.raises(ValueError, match=f"{side} must be finite"):
        wasserstein_1d(**sets)


@pytest.mark.parametrize(
    "dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64, torch.int64, torch.uint8]
)
def test_any_dtype_is_compared_exactly(dtype):
    x, y = torch.tensor([[3.0], [1.0], [100.0]], dtype=dtype), torch.tensor([[2.0], [7.0]], dtype=dtype)
    assert_allclose(wasserstein_1d(x, y).value, wasserstein_distance([3, 1, 100], [2, 7]), rtol=1e-12)


def test_large_whole_numbers_keep_their_digits():
    x = torch.tensor([[2**24], [2**24 + 1]])
    assert wasserstein_1d(x, torch.tensor([[2**24], [2**24]])).value == 0.5


def test_gradients_stay_outside():
    x = torch.rand(4, 2, requires_grad=True)
    assert_allclose(wasserstein_1d(x, x.detach() + 1).value, 1, rtol=1e-6)


def test_what_lies_on_mps_leaves_it_to_be_widened():
    x, y = torch.rand(4, 2), torch.rand(3, 2)
    assert wasserstein_1d(on_mps(x), on_mps(y)) == wasserstein_1d(x, y)


def test_component_computes_the_function():
    assert (Wasserstein1d.direction, Wasserstein1d.range) == ("lower", (0, float("inf")))
    assert type(wasserstein_1d(torch.eye(4), torch.ones(3, 4)).value) is float
    assert Wasserstein1d().compute(torch.eye(4), torch.ones(3, 4)) == wasserstein_1d(torch.eye(4), torch.ones(3, 4))
