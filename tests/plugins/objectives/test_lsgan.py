"""Least squares regress to the mixture of the codes; with the Pearson coding the value is a chi-square, by scipy.

Mutations that turn this red: the half left out; `real` and `fake` exchanged; the generator's target taken for `real`.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

import oracles
from rivalry_zoo.objectives.lsgan import LeastSquares

PEARSON = LeastSquares(real=1.0, fake=-1.0, target=0.0)
codes = st.tuples(st.floats(-2, 2), st.floats(0.1, 3), st.floats(0.1, 3))


def optimum(game, k, m):
    return oracles.minimise(lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))


@settings(max_examples=25)
@given(oracles.counts(), codes)
def test_optimal_discriminator_mixes_the_codes_and_its_loss_is_harmonic(pair, coding):
    (k, m), (a, gap, lead) = pair, coding
    p, q = oracles.law(k), oracles.law(m)
    table, value = optimum(LeastSquares(real=a + gap, fake=a, target=a + lead), k, m)
    np.testing.assert_allclose(table, ((a + gap) * p + a * q) / (p + q), atol=1e-6)
    assert value == pytest.approx(gap**2 / 2 * np.sum(1 / (1 / p + 1 / q)), abs=1e-9)


@settings(max_examples=25)
@given(oracles.counts(), st.floats(-2, 2))
def test_pearson_coding_measures_chi_square_over_both_laws(pair, c):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    game = LeastSquares(real=c + 1, fake=c - 1, target=c)
    table, _ = optimum(game, k, m)
    real, fake = oracles.exact_batches(torch.tensor(table), k, m)
    over_both = 2 * game.generator_loss(None, real) + 2 * game.generator_loss(None, fake)
    assert over_both.item() == pytest.approx(chisquare(2 * q, p + q).statistic, abs=1e-6)


@settings(max_examples=25)
@given(oracles.counts(), codes)
def test_generator_gradient_at_the_optimum_is_that_of_the_squares_with_the_table_held(pair, coding):
    (k, m), (a, gap, lead) = pair, coding
    p, q = oracles.law(k), oracles.law(m)
    game = LeastSquares(real=a + gap, fake=a, target=a + lead)
    table = oracles.tabular_opt(lambda s: s - a - gap, lambda s: s - a, p, q)
    gradient = oracles.generator_gradient(lambda s: game.generator_loss(None, s), table, q)
    expected = oracles.slope(lambda r: r @ (gap * p / (p + q) - lead) ** 2 / 2, q)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_generator_loss_alone_is_not_the_chi_square():
    k, m = np.array([1, 2, 5]), np.array([4, 3, 1])
    p, q = oracles.law(k), oracles.law(m)
    table, _ = optimum(PEARSON, k, m)
    _, fake = oracles.exact_batches(torch.tensor(table), k, m)
    alone = PEARSON.generator_loss(None, fake).item()
    assert alone == pytest.approx(np.sum(q * ((p - q) / (p + q)) ** 2) / 2, abs=1e-6)
    assert alone != pytest.approx(chisquare(2 * q, p + q).statistic / 2, rel=0.05)


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_losses_scale_with_the_square_of_scores_and_codes(scale):
    real, fake = torch.randn(2, 16, dtype=torch.float64)
    small, large = LeastSquares(1.0, -0.5, 2.0), LeastSquares(scale, -0.5 * scale, 2.0 * scale)
    ratio = large.discriminator_loss(scale * real, scale * fake) / small.discriminator_loss(real, fake)
    assert ratio.item() == pytest.approx(scale**2)
    ratio = large.generator_loss(None, scale * fake) / small.generator_loss(None, fake)
    assert ratio.item() == pytest.approx(scale**2)


def test_defaults_are_the_zero_one_coding():
    perfect, fooled = torch.ones(2), torch.zeros(2)
    assert LeastSquares().discriminator_loss(perfect, fooled).item() == 0
    assert LeastSquares().discriminator_loss(fooled, perfect).item() == 1
    assert LeastSquares().generator_loss(None, fooled).item() == 0.5


@pytest.mark.parametrize(
    "wrong", [{"real": 0.0}, {"fake": 2.0}, {"real": -1.0, "fake": 1.0}, {"target": -1.0}, {"target": 0.0}]
)
def test_codes_against_the_convention_are_refused_in_words(wrong):
    with pytest.raises(ValueError, match="`fake` must lie below `real` and `target`, got"):
        LeastSquares(**wrong)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_squared_in_single(dtype):
    far = torch.tensor([1024.0, -512.0], dtype=dtype)
    assert LeastSquares().generator_loss(None, far).item() == (1023**2 + 513**2) / 4
    assert LeastSquares().discriminator_loss(far, far).item() == (1023**2 + 513**2 + 1024**2 + 512**2) / 4


def test_dirac_game_with_a_bias_damps_the_bias_and_circles():
    found = oracles.dirac_eigenvalues(LeastSquares(), bias=0.5)
    np.testing.assert_allclose(found, [-2, -0.5j, 0.5j], atol=1e-8)


def test_dirac_game_of_the_pearson_coding_is_degenerate():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(PEARSON, bias=0.0), [-2, 0, 0], atol=1e-8)
