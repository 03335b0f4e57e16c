"""Playing the library's game to the end on a table measures the divergence, for every row.

Mutations that turn this red: real and fake exchanged; the generator's sign; the alternative's conjugate for its output.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.special import rel_entr
from scipy.stats import chisquare

import oracles
from rivalry.making import make
from rivalry_zoo.divergences.rows import (
    GAN,
    JS,
    KL,
    Alpha,
    Jeffreys,
    Neyman,
    Pearson,
    ReverseKL,
    SquaredHellinger,
    TotalVariation,
)
from rivalry_zoo.objectives.f_divergence import FDivergence
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating


def renyi(alpha):
    return lambda p, q: (np.sum(p**alpha * q ** (1 - alpha)) - 1) / (alpha * (alpha - 1))


SMOOTH = {  # row: the divergence, and the slope f'(u) by hand
    KL(): (oracles.kl, lambda u: 1 + np.log(u)),
    ReverseKL(): (lambda p, q: oracles.kl(q, p), lambda u: -1 / u),
    JS(): (lambda p, q: 2 * oracles.js(p, q), lambda u: np.log(2 * u / (1 + u))),
    GAN(): (lambda p, q: 2 * oracles.js(p, q) - np.log(4), lambda u: np.log(u / (1 + u))),
    Pearson(): (lambda p, q: chisquare(p, q).statistic, lambda u: 2 * (u - 1)),
    Neyman(): (lambda p, q: chisquare(q, p).statistic, lambda u: 1 - u**-2),
    SquaredHellinger(): (lambda p, q: 2 - 2 * np.sqrt(p * q).sum(), lambda u: 1 - u**-0.5),
    Jeffreys(): (lambda p, q: rel_entr(p, q).sum() + rel_entr(q, p).sum(), lambda u: np.log(u) + 1 - 1 / u),
    Alpha(-1.0): (renyi(-1.0), lambda u: (1 - u**-2) / 2),
    Alpha(0.5): (renyi(0.5), lambda u: 2 * (1 - u**-0.5)),
    Alpha(2.0): (renyi(2.0), lambda u: u - 1),
}
every_row = pytest.mark.parametrize("row", SMOOTH, ids=repr)
few = settings(max_examples=4)


def optimum(game, k, m, rounds=54):
    """The table that minimises the library's loss, by bisection on the library's own gradient: some losses are only
    quasi-convex in the score.
    """
    low, high = torch.full((len(k),), -1300.0, dtype=torch.float64), torch.full((len(k),), 1300.0, dtype=torch.float64)
    for _ in range(rounds):
        middle = ((low + high) / 2).requires_grad_()
        (gradient,) = torch.autograd.grad(game.discriminator_loss(*oracles.exact_batches(middle, k, m)), middle)
        low, high = (torch.where(gradient > 0, a, b).detach() for a, b in ((low, middle), (middle, high)))
    table = (low + high) / 2
    return table.numpy(), oracles.at(lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m)), table)


@every_row
@few
@given(oracles.counts(high=4))
def test_optimal_discriminator_puts_out_the_slope_of_f_and_generator_descends_the_divergence(row, pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    divergence, slope = SMOOTH[row]
    game = FDivergence(row)
    table, value = optimum(game, k, m)
    np.testing.assert_allclose(row.output(torch.tensor(table)), slope(p / q), rtol=1e-6, atol=1e-6)
    assert -value == pytest.approx(divergence(p, q), rel=1e-8, abs=1e-8)
    gradient = oracles.generator_gradient(lambda s: game.generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: divergence(p, r), q), rtol=1e-5, atol=1e-6)


@every_row
@settings(max_examples=3)
@given(oracles.counts())
def test_no_table_exceeds_the_divergence(row, pair):
    k, m = pair
    reached = SMOOTH[row][0](oracles.law(k), oracles.law(m))
    for table in np.random.default_rng(0).normal(scale=2, size=(10, len(k))):
        loss = oracles.at(lambda s: FDivergence(row).discriminator_loss(*oracles.exact_batches(s, k, m)), table)
        assert -loss <= reached + 1e-9


@few
@given(oracles.counts())
def test_total_variation_is_reached_by_scores_without_end(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    game = FDivergence(TotalVariation())
    loss = oracles.at(lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m)), 40 * np.sign(p - q))
    assert -loss == pytest.approx(oracles.tv(p, q), abs=1e-12)


@few
@given(oracles.counts())
def test_alternative_generator_of_kl_descends_reverse_kl(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    game = FDivergence(KL(), alternative=True)
    gradient = oracles.generator_gradient(lambda s: game.generator_loss(None, s), optimum(game, k, m)[0], q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: oracles.kl(r, p), q), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gan_is_the_minimax_game_and_its_alternative_the_non_saturating_one(device, dtype):
    real, fake = 20 * torch.randn(2, 64, dtype=dtype, device=device)
    plain, other = FDivergence(GAN()), FDivergence(GAN(), alternative=True)
    same = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 0}
    cost = Minimax().discriminator_loss(real, fake)
    torch.testing.assert_close(plain.discriminator_loss(real, fake), cost, **same)
    torch.testing.assert_close(other.discriminator_loss(real, fake), cost, **same)
    torch.testing.assert_close(plain.generator_loss(None, fake), Minimax().generator_loss(None, fake), **same)
    torch.testing.assert_close(other.generator_loss(None, fake), NonSaturating().generator_loss(None, fake), **same)


def test_js_is_the_minimax_game_less_two_log_two():
    real, fake = 5 * torch.randn(2, 64, dtype=torch.float64)
    for turn in ("discriminator_loss", "generator_loss"):
        moved = getattr(FDivergence(JS()), turn)(real, fake) - getattr(Minimax(), turn)(real, fake)
        shift = -2 if turn == "discriminator_loss" else 1
        assert moved.item() == pytest.approx(shift * np.log(2), abs=1e-12)


@pytest.mark.parametrize("row", [JS(), GAN(), Pearson(), TotalVariation(), Alpha(-1.0), Alpha(2.0)], ids=repr)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_losses_without_exponentials_are_finite_at_extreme_scores(row, dtype, device):
    for alternative in (False, True):
        game = FDivergence(row, alternative)
        real, fake = (
            torch.tensor(s, dtype=dtype, device=device, requires_grad=True) for s in ([1e4, -1e4], [-1e4, 1e4])
        )
        for loss in (game.discriminator_loss(real, fake), game.generator_loss(None, fake)):
            assert loss.isfinite()
            found = torch.autograd.grad(loss, [real, fake], allow_unused=True)
            assert all(g.isfinite().all() for g in found if g is not None)


def test_half_precision_is_widened():
    low, high = torch.tensor([-12.5], dtype=torch.float16), torch.tensor([12.5], dtype=torch.float16)
    assert FDivergence(ReverseKL()).discriminator_loss(low, high).item() == pytest.approx(np.exp(12.5) + 11.5)
    assert FDivergence(ReverseKL(), alternative=True).generator_loss(None, low).item() == pytest.approx(np.exp(12.5))
    assert FDivergence(KL()).discriminator_loss(low, high).item() == pytest.approx(np.exp(11.5) + 12.5)


def test_kl_overflows_to_infinity_rather_than_being_clamped():
    high = torch.tensor([90.0])
    assert FDivergence().discriminator_loss(high, high).item() == np.inf
    assert FDivergence().generator_loss(None, high).item() == -np.inf
    assert FDivergence().discriminator_loss(high, -high).item() == pytest.approx(-90)
    assert FDivergence().discriminator_loss(high.double(), high.double()).item() == pytest.approx(np.expm1(89) - 89)


@pytest.mark.parametrize("row", [*SMOOTH, TotalVariation(), Alpha(3.0)], ids=repr)
@pytest.mark.parametrize("alternative", [False, True])
def test_both_derivatives_of_the_losses_are_right(row, alternative):
    game, draw = FDivergence(row, alternative), torch.Generator().manual_seed(1)
    real, fake = (torch.randn(5, dtype=torch.float64, generator=draw).requires_grad_() for _ in range(2))
    both = lambda r, f: (game.discriminator_loss(r, f), game.generator_loss(None, f))  # noqa: E731
    assert torch.autograd.gradcheck(both, (real, fake))
    assert torch.autograd.gradgradcheck(game.discriminator_loss, (real, fake))


def test_a_spec_names_the_divergence_by_a_word_or_with_its_parameters():
    assert make("objective", "f_divergence") == FDivergence(KL(), alternative=False)
    assert make("objective", "f_divergence", divergence="js", alternative=True) == FDivergence(JS(), alternative=True)
    asked = {"use": "alpha", "alpha": 2.0}
    assert make("objective", "f_divergence", divergence=asked) == FDivergence(Alpha(2.0))


@pytest.mark.parametrize(("row", "speed"), [(GAN(), 0.5), (KL(), 1), (Pearson(), 1), (TotalVariation(), 0.5)], ids=repr)
def test_dirac_game_circles(row, speed):
    found = oracles.dirac_eigenvalues(FDivergence(row), bias=float(row == KL()))  # at rest the score is v*(1)
    slow = [value for value in found if abs(value.imag) > 1e-6]
    np.testing.assert_allclose(slow, [-1j * speed, 1j * speed], atol=1e-7)
