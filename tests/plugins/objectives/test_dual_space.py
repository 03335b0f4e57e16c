"""Every pair teaches the discriminator its omega, and the game is worth the divergence that goes with it.

Mutations that turn this red: psi of `exponential` without its 2; psi of `chi_square` without its half; exp(t) in `kl`;
phi and psi of `least_squares` exchanged; the generator's sign.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.stats import chisquare

import oracles
from rivalry.making import make
from rivalry_zoo.divergences.rows import KL
from rivalry_zoo.objectives.dual_space import PAIRS, DualSpace
from rivalry_zoo.objectives.f_divergence import FDivergence
from rivalry_zoo.objectives.lsgan import LeastSquares
from rivalry_zoo.objectives.minimax import Minimax

TRUTH = {  # omega, and minus the least discriminator's loss
    "logistic": (np.log, lambda p, q: 2 * oracles.js(p, q) - 2 * np.log(2)),
    "exponential": (lambda r: np.log(r) / 2, lambda p, q: -4 * np.sqrt(p * q).sum()),
    "chi_square": (lambda r: r, lambda p, q: (chisquare(p, q).statistic + 1) / 2),
    "kl": (lambda r: 1 + np.log(r), oracles.kl),
    "least_squares": (lambda r: r / (r + 1), lambda p, q: -np.sum(1 / (1 / p + 1 / q))),
}
every_pair = pytest.mark.parametrize("pair", TRUTH)


def optimum(game, k, m):
    return oracles.minimise(lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))


def test_every_pair_is_held_to_its_truth():
    assert list(TRUTH) == list(PAIRS)


@every_pair
@settings(max_examples=6)
@given(counts=oracles.counts(high=4))
def test_optimal_discriminator_is_omega_and_the_generator_descends_the_divergence(pair, counts):
    k, m = counts
    p, q = oracles.law(k), oracles.law(m)
    omega, worth = TRUTH[pair]
    game = DualSpace(pair)
    table, value = optimum(game, k, m)
    np.testing.assert_allclose(table, omega(p / q), atol=2e-4)
    assert -value == pytest.approx(worth(p, q), abs=1e-7)
    gradient = oracles.generator_gradient(lambda s: game.generator_loss(None, s), omega(p / q), q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: worth(p, r), q), rtol=1e-6, atol=1e-6)


@every_pair
def test_psi_falls_the_ratio_times_as_fast_as_phi_rises(pair):
    ratios = np.geomspace(1e-3, 1e3, 61)
    scores = torch.tensor(TRUTH[pair][0](ratios), requires_grad=True)
    rise, fall = (torch.autograd.grad(side(scores).sum(), scores)[0].numpy() for side in PAIRS[pair])
    assert (rise > 0).all()
    np.testing.assert_allclose(-fall / rise, ratios, rtol=1e-9)


@every_pair
def test_the_divergence_that_goes_with_a_pair_is_convex_and_its_slope_is_phi_of_omega(pair):
    ratios = np.linspace(0.05, 8, 400)
    phi, psi = (side(torch.tensor(TRUTH[pair][0](ratios))).numpy() for side in PAIRS[pair])
    f = ratios * phi + psi
    assert (np.diff(f, 2) > 0).all()
    np.testing.assert_allclose(np.gradient(f, ratios)[1:-1], phi[1:-1], atol=0.02 * np.abs(phi).max())


def test_pairs_that_are_known_by_other_names_play_their_games(device):
    real, fake = 3 * torch.randn(2, 32, dtype=torch.float64, device=device)
    for pair, other, factor in (
        ("logistic", Minimax(), 1),
        ("kl", FDivergence(KL()), 1),
        ("least_squares", LeastSquares(), 2),
    ):
        cost = DualSpace(pair).discriminator_loss(real, fake)
        torch.testing.assert_close(cost, factor * other.discriminator_loss(real, fake))
        if pair != "least_squares":  # whose generator has a target of its own
            gain = DualSpace(pair).generator_loss(None, fake)
            torch.testing.assert_close(gain, other.generator_loss(None, fake))


@pytest.mark.parametrize("pair", ["logistic", "chi_square", "least_squares"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_pairs_without_exponentials_are_finite_at_extreme_scores(pair, dtype, device):
    game = DualSpace(pair)
    real, fake = (torch.tensor(s, dtype=dtype, device=device, requires_grad=True) for s in ([1e4, -1e4], [-1e4, 1e4]))
    for loss in (game.discriminator_loss(real, fake), game.generator_loss(None, fake)):
        assert loss.isfinite()
        assert torch.autograd.grad(loss, fake)[0].isfinite().all()


@pytest.mark.parametrize(("pair", "real", "fake"), [("exponential", -1e4, 0), ("exponential", 0, 1e4), ("kl", 0, 1e4)])
def test_exponentials_overflow_to_infinity_rather_than_being_clamped(pair, real, fake):
    assert DualSpace(pair).discriminator_loss(torch.tensor([real * 1.0]), torch.tensor([fake * 1.0])).item() == np.inf
    assert DualSpace(pair).discriminator_loss(torch.tensor([real * -1.0]), torch.tensor([fake * -1.0])).isfinite()


@every_pair
def test_both_derivatives_of_the_losses_are_right(pair):
    game = DualSpace(pair)
    real, fake = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    assert torch.autograd.gradcheck(
        lambda r, f: (game.discriminator_loss(r, f), game.generator_loss(None, f)), (real, fake)
    )
    assert torch.autograd.gradgradcheck(game.discriminator_loss, (real, fake))


def test_a_pair_is_named_in_a_spec():
    assert make("objective", "dual_space", pair="kl") == DualSpace("kl")
    assert make("objective", "dual_space") == DualSpace("logistic")
