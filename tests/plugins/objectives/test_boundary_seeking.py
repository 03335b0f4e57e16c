"""The boundary-seeking generator at the optimum of the library's own discriminator, and at rest on the boundary.

Mutations that turn this red: the half left out of either form; (s - 1)^2 for s^2; the square in half precision; the
real cross-entropy twice.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import oracles
from rivalry_zoo.objectives.boundary_seeking import BoundarySeeking

GAME, OTHER = BoundarySeeking(), BoundarySeeking("cross_entropy")


def optimum(k, m):
    return oracles.minimise(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))


@settings(max_examples=8)
@given(oracles.counts())
def test_at_the_optimum_the_generator_pays_half_the_squared_log_ratio(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, value = optimum(k, m)
    assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)
    _, fake = oracles.exact_batches(torch.tensor(table), k, m)
    assert GAME.generator_loss(None, fake).item() == pytest.approx(0.5 * q @ np.log(p / q) ** 2, abs=1e-5)


@settings(max_examples=10)
@given(oracles.counts())
def test_generator_gradient_is_that_of_the_squares_with_the_table_held(pair):
    p, q = map(oracles.law, pair)
    table = np.log(p / q)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: r @ table**2 / 2, q), atol=1e-7)


@settings(max_examples=8)
@given(oracles.counts())
def test_cross_entropies_are_worth_the_mean_log_chance_of_both_labels(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, value = oracles.minimise(lambda s: OTHER.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))
    assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)
    _, fake = oracles.exact_batches(torch.tensor(table), k, m)
    chances = np.log(p / (p + q)), np.log(q / (p + q))
    assert OTHER.generator_loss(None, fake).item() == pytest.approx(-q @ np.mean(chances, 0), abs=1e-5)


def test_cross_entropies_are_the_log_of_the_hyperbolic_cosine_with_the_tangent_for_a_slope():
    scores = torch.tensor([-7.0, -0.4, 0.0, 1.5, 30.0], dtype=torch.float64, requires_grad=True)
    loss = OTHER.generator_loss(None, scores)
    halves = scores.detach().numpy() / 2
    assert loss.item() == pytest.approx(np.log(2 * np.cosh(halves)).mean())
    (slope,) = torch.autograd.grad(loss, scores)
    np.testing.assert_allclose(slope, np.tanh(halves) / 2 / 5, atol=1e-14)


@pytest.mark.parametrize(("game", "level"), [(GAME, 0.0), (OTHER, np.log(2))], ids=repr)
def test_equal_laws_are_at_rest(game, level):
    k = np.array([3, 1, 4])
    table, _ = optimum(k, k)
    scores = torch.tensor(table, requires_grad=True)
    loss = game.generator_loss(None, oracles.exact_batches(scores, k, k)[1])
    assert loss.item() == pytest.approx(level, abs=1e-12)
    assert not torch.autograd.grad(loss, scores)[0].abs().gt(1e-8).any()


def test_it_pays_the_squared_difference_of_the_log_probabilities():
    scores = np.linspace(-4, 4, 9)
    sigma = 1 / (1 + np.exp(-scores))
    expected = 0.5 * np.mean((np.log(sigma) - np.log(1 - sigma)) ** 2)
    assert oracles.at(lambda s: GAME.generator_loss(None, s), scores) == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_losses_and_gradients_are_finite_at_extreme_scores(dtype, device):
    real, fake = (torch.tensor(s, dtype=dtype, device=device, requires_grad=True) for s in ([1e4, -1e4], [-1e4, 1e4]))
    for loss in (GAME.discriminator_loss(real, fake), GAME.generator_loss(None, fake)):
        assert loss.isfinite()
        assert torch.autograd.grad(loss, fake)[0].isfinite().all()


def test_both_derivatives_of_the_losses_are_right():
    real, fake = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    assert torch.autograd.gradcheck(
        lambda r, f: (GAME.discriminator_loss(r, f), GAME.generator_loss(None, f)), (real, fake)
    )
    assert torch.autograd.gradgradcheck(GAME.discriminator_loss, (real, fake))


def test_dirac_game_does_not_move_the_generator_at_first_order():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [0, 0], atol=1e-8)
