"""KID against double loops in numpy, a closed form for Gaussians, and exhaustive enumeration.

Mutations tried (a test failed for each): kernel power 2, dropped 1 / d, diagonal kept, factor 2 of the cross term
dropped, interaction not taken out of the first-order variance, its sign flipped.
"""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.pair_sums import cross_sums, variances, within_sums
from rivalry_zoo.metrics.kid import Kid, kid, pair_sums


def k(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def looped(x, y):
    """The definition, pair by pair."""
    kxx, kyy, kxy = k(x, x), k(y, y), k(x, y)
    same_x = np.mean([kxx[i, j] for i in range(len(x)) for j in range(len(x)) if i != j])
    same_y = np.mean([kyy[i, j] for i in range(len(y)) for j in range(len(y)) if i != j])
    return same_x + same_y - 2 * kxy.mean()


def both(x, y, device="cpu", **options):
    return kid(torch.tensor(x, device=device), torch.tensor(y, device=device), **options)


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([1, 3, 4, 1024]))
@settings(max_examples=40)
def test_value_is_the_definition_for_unequal_counts_and_any_tile(m, n, d, seed, tile):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (m, d)), rng.normal(0, 1, (n, d))
    assert_allclose(both(x, y, tile=tile).value, looped(x, y), rtol=1e-9, atol=1e-9)


def test_tiles_change_neither_value_nor_error(device):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(37, 3)), rng.normal(0.5, size=(23, 3))
    whole, tiled = both(x, y, device), both(x, y, device, tile=7)
    assert_allclose([tiled.value, tiled.error], [whole.value, whole.error], rtol=1e-11)


def test_every_subset_of_a_small_population_gives_its_value_on_average():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 2)), rng.normal(1, size=(5, 2))
    for m, n in [(2, 3), (3, 2), (4, 4)]:
        chosen = product(combinations(range(5), m), combinations(range(5), n))
        values = [both(x[list(a)], y[list(b)]).value for a, b in chosen]
        assert_allclose(np.mean(values), looped(x, y), rtol=1e-10)


@pytest.mark.parametrize("d", [2, 8])
def test_shifted_gaussians_give_the_closed_form(d):
    rng = np.random.default_rng(d)
    shift = np.full(d, 0.6)
    mu2 = shift @ shift
    truth = 3 * mu2 / d + 3 * mu2**2 / d**2 + (mu2**3 + 6 * mu2**2 + 3 * mu2 * d + 6 * mu2) / d**3
    score = both(rng.normal(size=(3000, d)), rng.normal(size=(2500, d)) + shift)
    assert abs(score.value - truth) < 5 * score.error
    assert score.error < truth / 5


def test_variance_is_unbiased_over_all_draws_of_a_small_law():
    x, y = np.array([[-1.0], [2.0]]), np.array([[0.0], [1.0], [3.0]])
    draws = [(x[list(a)], y[list(b)]) for a in product(range(2), repeat=4) for b in product(range(3), repeat=4)]
    truth = np.var([both(*draw).value for draw in draws])
    claimed = [float(sum(variances(*pair_sums(torch.tensor(a), torch.tensor(b), 8)))) for a, b in draws]
    assert_allclose(np.mean(claimed), truth, rtol=1e-10)


def test_interaction_variances_are_unbiased_over_all_draws():
    points = np.array([[-1.0], [0.5], [2.0]])
    table = k(points, points)
    effects = table.mean(1, keepdims=True)
    truth = ((table - effects - effects.T + table.mean()) ** 2).mean()

    def kernel(a, b):
        return (a @ b.T + 1) ** 3

    four = [torch.tensor(points[list(a)]) for a in product(range(3), repeat=4)]
    assert_allclose(np.mean([float(within_sums(kernel, x, 3).interaction()) for x in four]), truth, rtol=1e-10)
    two = [torch.tensor(points[list(a)]) for a in product(range(3), repeat=2)]
    crossed = [float(cross_sums(kernel, a, b, 2).interaction()) for a in two for b in two]
    assert_allclose(np.mean(crossed), truth, rtol=1e-10)


@pytest.mark.parametrize(("shift", "least", "most"), [(0.7, 0.88, 0.98), (0.0, 0.95, 1.0)])
def test_two_standard_errors_cover(shift, least, most):
    rng = np.random.default_rng(5)
    d, mu2 = 3, 3 * shift**2
    truth = 3 * mu2 / d + 3 * mu2**2 / d**2 + (mu2**3 + 6 * mu2**2 + 3 * mu2 * d + 6 * mu2) / d**3
    scores = [both(rng.normal(size=(80, d)), rng.normal(size=(60, d)) + shift) for _ in range(400)]
    covered = np.mean([abs(score.value - truth) < 1.96 * score.error for score in scores])
    assert least <= covered <= most
    spread, claimed = np.var([s.value for s in scores]), np.mean([s.error**2 for s in scores])
    assert 0.8 < claimed / spread < (1.25 if shift else 1.8)


def test_equal_constant_features_are_no_distance_apart():
    score = both(np.full((6, 3), 2.0), np.full((5, 3), 2.0))
    assert_allclose([score.value, score.error], 0, atol=1e-12)


def test_far_away_from_the_origin_the_error_is_still_a_number():
    rng = np.random.default_rng(2)
    score = both(1e4 + rng.normal(size=(50, 4)).astype(np.float32), 1e4 + rng.normal(size=(50, 4)).astype(np.float32))
    assert score.error > 0
    assert abs(score.value) < 10 * score.error


def test_two_or_three_samples_have_a_value_but_no_error():
    x = np.array([[0.0], [1.0], [2.0]])
    assert both(x, x + 1).error is None


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 2"),
        (torch.zeros(5, 2), torch.zeros(1, 2), "fake must hold at least 2"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.full((5, 2), float("inf")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
        (torch.zeros(5, 1, 2, 2), torch.zeros(5, 4), "flatten"),
        (torch.zeros(5, 0), torch.zeros(5, 0), "at least one feature"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        kid(real, fake)


def test_component_computes_the_function():
    x, y = torch.randn(20, 3, generator=torch.Generator().manual_seed(0)), torch.ones(9, 3)
    assert Kid().compute(x, y) == kid(x, y)
