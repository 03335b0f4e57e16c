"""The sliced Wasserstein distance against closed forms for shifts and scales, and scipy in one dimension.

Mutations tried (a test failed for each): directions not normalised, root of order 2 left out, error not divided by
twice the value.
"""

from math import gamma, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import wasserstein_distance

from rivalry_zoo.blocks import feature_sets
from rivalry_zoo.metrics import sliced_wasserstein as module
from rivalry_zoo.metrics.sliced_wasserstein import SlicedWasserstein, directions_on_sphere, sliced_wasserstein


def points(n, d, seed, device="cpu"):
    return torch.tensor(np.random.default_rng(seed).normal(size=(n, d)), device=device)


@pytest.mark.parametrize(("n", "m"), [(40, 40), (40, 10)])
@pytest.mark.parametrize("order", [1, 2])
def test_a_shift_is_its_length_times_the_mean_cosine(order, n, m, device):
    d, shift = 6, torch.linspace(-1, 1, 6, dtype=torch.float64)
    x = points(m, d, 0)
    length = float(shift.norm())
    truth = length * (gamma(d / 2) / (sqrt(pi) * gamma((d + 1) / 2)) if order == 1 else 1 / sqrt(d))
    repeated = x.repeat(n // m, 1)  # the same distribution in more samples
    score = sliced_wasserstein(repeated.to(device), (x + shift).to(device), order, directions=4000)
    assert abs(score.value - truth) < 4 * score.error
    assert score.error < 0.03 * truth


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 10**6))
@settings(max_examples=40)
def test_on_the_line_order_one_is_scipys_distance(n, m, seed):
    x, y = points(n, 1, seed), points(m, 1, seed + 1)
    score = sliced_wasserstein(x, y, directions=5)
    assert_allclose(score.value, wasserstein_distance(x[:, 0], y[:, 0]), rtol=1e-10)
    assert_allclose(score.error, 0, atol=1e-12)


@given(st.integers(1, 5), st.integers(1, 12), st.floats(0, 5), st.integers(0, 10**6))
@settings(max_examples=30)
def test_a_blown_up_set_is_apart_by_its_shadows_second_moment(d, n, factor, seed):
    # Sorting keeps the order, so that order 2 is |factor - 1| sqrt(mean (u'x)^2), and E (u'x)^2 = |x|^2 / d.
    x = points(n, d, seed)
    score = sliced_wasserstein(x, factor * x, 2, directions=300)
    truth = abs(factor - 1) * np.sqrt((x.numpy() ** 2).sum(1).mean() / d)
    assert abs(score.value - truth) <= 6 * score.error + 1e-9


@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 2]), st.integers(0, 10**6))
@settings(max_examples=30)
def test_exchange_order_and_scale(d, n, m, order, seed):
    x, y = points(n, d, seed), points(m, d, seed + 1)
    value = sliced_wasserstein(x, y, order, 20).value
    others = [
        sliced_wasserstein(y, x, order, 20).value,
        sliced_wasserstein(x.flip(0), y, order, 20).value,
        sliced_wasserstein(3 * x, 3 * y, order, 20).value / 3,
        sliced_wasserstein(x + 1, y + 1, order, 20).value,
    ]
    assert_allclose(others, value, rtol=1e-9, atol=1e-9)
    assert value >= 0
    assert sliced_wasserstein(x, x, order, 20).value == 0


@pytest.mark.parametrize("order", [1, 2])
def test_error_is_the_spread_over_seeds(order):
    x, y = points(20, 4, 0), 1 + 2 * points(15, 4, 1)
    scores = [sliced_wasserstein(x, y, order, 100, seed) for seed in range(150)]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.2)


def test_seed_fixes_the_directions_which_are_uniform():
    x, y = points(9, 3, 0), points(9, 3, 1)
    before = torch.get_rng_state()
    assert sliced_wasserstein(x, y) == sliced_wasserstein(x, y)
    assert torch.equal(before, torch.get_rng_state())
    assert sliced_wasserstein(x, y) != sliced_wasserstein(x, y, seed=1)
    u = directions_on_sphere(20_000, 3, 0).numpy()
    assert_allclose((u**2).sum(1), 1)
    assert_allclose(u.T @ u / len(u), np.eye(3) / 3, atol=0.01)


def test_slices_of_directions_change_nothing(monkeypatch):
    x, y = points(30, 3, 0), points(20, 3, 1)
    whole = sliced_wasserstein(x, y)
    monkeypatch.setattr(module, "spans", lambda rows, columns: feature_sets.spans(rows, columns, values=500))
    sliced = sliced_wasserstein(x, y)
    assert_allclose([sliced.value, sliced.error], [whole.value, whole.error], rtol=1e-12)


def test_one_direction_has_no_error_and_constants_are_no_distance_apart():
    assert sliced_wasserstein(points(5, 2, 0), points(5, 2, 1), directions=1).error is None
    assert sliced_wasserstein(points(5, 2, 0), points(5, 2, 1), directions=2).error > 0
    assert sliced_wasserstein(torch.ones(5, 2), torch.ones(3, 2), 2).value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        sliced_wasserstein(real, fake)


def test_component_computes_the_function():
    x, y = points(20, 3, 0).float(), points(9, 3, 1).float()
    assert (SlicedWasserstein.direction, SlicedWasserstein.range) == ("lower", (0, float("inf")))
    score = sliced_wasserstein(x, y)
    assert type(score.value) is type(score.error) is float
    assert SlicedWasserstein(order=2, directions=7, seed=3).compute(x, y) == sliced_wasserstein(x, y, 2, 7, 3)
