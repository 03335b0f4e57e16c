"""The non-saturating generator descends KL(q || p) - 2 JS(p, q), at the optimum of the library's own discriminator.

Mutations that turn this red: label 0 in the generator's turn; a half on the discriminator's real term.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import oracles
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating

GAME = NonSaturating()


def optimum(k, m):
    return oracles.minimise(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))


@settings(max_examples=25)
@given(oracles.counts())
def test_optimal_discriminator_is_the_log_ratio_and_gives_jensen_shannon(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, value = optimum(k, m)
    np.testing.assert_allclose(table, np.log(p / q), atol=1e-5)
    assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)


@settings(max_examples=25)
@given(oracles.counts())
def test_generator_gradient_at_the_optimum_is_that_of_reverse_kl_minus_twice_jensen_shannon(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, _ = optimum(k, m)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), table, q)
    expected = oracles.slope(lambda r: oracles.kl(r, p) - 2 * oracles.js(p, r), q)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


@pytest.mark.parametrize("score", [-8.0, -1.0, 0.0, 2.5])
def test_gradient_per_sample_is_exp_of_minus_the_score_times_minimax(score):
    fake = torch.tensor([score], dtype=torch.float64, requires_grad=True)
    (ours,) = torch.autograd.grad(GAME.generator_loss(None, fake), fake)
    (saturating,) = torch.autograd.grad(Minimax().generator_loss(None, fake), fake)
    assert (ours / saturating).item() == pytest.approx(np.exp(-score), rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_equal_bce_with_logits_bit_for_bit(device, dtype):
    bce = torch.nn.BCEWithLogitsLoss()
    real, fake = 20 * torch.randn(2, 64, 1, device=device, dtype=dtype)
    expected = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
    assert torch.equal(GAME.discriminator_loss(real, fake), expected)
    assert torch.equal(GAME.generator_loss(None, fake), bce(fake, torch.ones_like(fake)))


def test_dirac_game_circles_to_first_order():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [-0.5j, 0.5j], atol=1e-8)


def test_dirac_game_with_a_bias_damps_the_bias_only():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME, bias=0.0), [-0.5, -0.5j, 0.5j], atol=1e-8)
