"""The minimax game is the Jensen-Shannon divergence, found by optimising the library's own loss.

Mutations that turn this red: the generator's sign; a half on the discriminator's fake term.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import oracles
from rivalry_zoo.objectives.minimax import Minimax

GAME = Minimax()


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
def test_generator_gradient_at_the_optimum_is_that_of_twice_jensen_shannon(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, _ = optimum(k, m)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: 2 * oracles.js(p, r), q), atol=1e-6)


@settings(max_examples=10)
@given(oracles.counts())
def test_bisection_on_the_cross_entropies_derivative_finds_the_same_optimum(pair):
    k, m = pair
    sigma = np.vectorize(lambda t: 1 / (1 + np.exp(-t)))
    found = oracles.tabular_opt(lambda s: sigma(s) - 1, sigma, oracles.law(k), oracles.law(m))
    np.testing.assert_allclose(optimum(k, m)[0], found, atol=1e-5)


def test_equal_laws_give_two_log_two_and_minus_log_two():
    scores = torch.zeros(4, dtype=torch.float64)
    assert GAME.discriminator_loss(scores, scores).item() == pytest.approx(2 * np.log(2), abs=1e-15)
    assert GAME.generator_loss(None, scores).item() == pytest.approx(-np.log(2), abs=1e-15)


def test_disjoint_supports_let_the_loss_go_to_zero():
    sure = torch.full((4,), 200.0, dtype=torch.float64)
    assert 0 <= GAME.discriminator_loss(sure, -sure).item() < 1e-80


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_losses_equal_bce_with_logits_bit_for_bit(device, dtype):
    bce = torch.nn.BCEWithLogitsLoss()
    real, fake = 20 * torch.randn(2, 64, 1, device=device, dtype=dtype)
    real_term, fake_term = bce(real, torch.ones_like(real)), bce(fake, torch.zeros_like(fake))
    assert torch.equal(GAME.discriminator_loss(real, fake), real_term + fake_term)
    assert torch.equal(GAME.generator_loss(None, fake), -fake_term)
    given = real.requires_grad_(), fake.requires_grad_()
    theirs = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))
    slopes = [torch.autograd.grad(loss, given) for loss in (GAME.discriminator_loss(real, fake), theirs)]
    assert all(torch.equal(ours, their) for ours, their in zip(*slopes, strict=True))


@pytest.mark.parametrize("score", [-8.0, -1.0, 0.0, 2.5])
def test_generator_saturates_like_minus_sigma(score):
    scores = torch.tensor([score], dtype=torch.float64, requires_grad=True)
    GAME.generator_loss(None, scores).backward()
    assert scores.grad.item() == pytest.approx(-1 / (1 + np.exp(-score)), rel=1e-12)


def test_dirac_game_circles():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [-0.5j, 0.5j], atol=1e-8)
