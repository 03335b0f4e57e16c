"""The smoothed discriminator's optimum in closed form, for cross-entropies, squares and (by linear programme) hinges.

Mutations that turn this red: alpha and 1 - alpha exchanged; the fake term smoothed too; the generator's term for the
real one.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import entropy

import oracles
from rivalry import SpecError
from rivalry.interfaces import SeparableObjective
from rivalry.making import make
from rivalry_zoo.objectives.hinge import Hinge
from rivalry_zoo.objectives.label_smoothing import LabelSmoothing
from rivalry_zoo.objectives.lsgan import LeastSquares
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.relativistic import Relativistic

alphas = st.floats(0.3, 0.99)


def optimum(game, k, m):
    return oracles.minimise(lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))


@settings(max_examples=10)
@given(oracles.counts(), alphas)
def test_optimal_discriminator_is_alpha_times_the_chance_of_being_real(pair, alpha):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, value = optimum(LabelSmoothing(real=alpha), k, m)
    chance = alpha * p / (p + q)
    np.testing.assert_allclose(expit(table), chance, atol=1e-6)
    assert value == pytest.approx((p + q) @ entropy([chance, 1 - chance]), abs=1e-9)


def test_equal_laws_leave_half_of_alpha():
    k = np.array([3, 1, 4])
    np.testing.assert_allclose(expit(optimum(LabelSmoothing(), k, k)[0]), 0.45, atol=1e-6)


@settings(max_examples=10)
@given(oracles.counts(), alphas)
def test_squares_regress_to_the_smoothed_mixture_of_the_codes(pair, alpha):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    game = LabelSmoothing(LeastSquares(real=0.75, fake=-0.5, target=1.5), alpha)
    expected = (0.75 * alpha * p - 0.5 * ((1 - alpha) * p + q)) / (p + q)
    np.testing.assert_allclose(optimum(game, k, m)[0], expected, atol=1e-6)


@settings(max_examples=10)
@given(oracles.counts(high=4), alphas)
def test_hinges_reach_their_linear_programme(pair, alpha):
    k, m = pair
    p, q, one = oracles.law(k), oracles.law(m), np.eye(len(k))
    least, table = oracles.hinge_program(np.vstack([one, -one]), np.r_[alpha * p, (1 - alpha) * p + q])
    loss = LabelSmoothing(Hinge(), alpha).discriminator_loss
    found = oracles.at(lambda s: loss(*oracles.exact_batches(s, k, m)), table)
    assert found == pytest.approx(least, abs=1e-9)


@settings(max_examples=10)
@given(oracles.counts())
def test_generator_descends_what_it_does_unsmoothed_at_the_smoothed_optimum(pair):
    p, q = map(oracles.law, pair)
    table = np.log(0.9 * p / (0.1 * p + q))
    gradient = oracles.generator_gradient(lambda s: LabelSmoothing().generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: -r @ np.log(expit(table)), q), atol=1e-7)


@pytest.mark.parametrize("inner", [Minimax(), NonSaturating(), Hinge(), LeastSquares()], ids=repr)
def test_fakes_and_generators_keep_their_terms_and_alpha_one_smooths_nothing(inner, device):
    real, fake = torch.randn(2, 9, dtype=torch.float64, device=device)
    game = LabelSmoothing(inner, 0.7)
    assert isinstance(game, SeparableObjective)
    assert torch.equal(game.fake_term(fake), inner.fake_term(fake))
    assert torch.equal(game.generator_loss(None, fake), inner.generator_loss(None, fake))
    whole = LabelSmoothing(inner, 1.0)
    torch.testing.assert_close(whole.discriminator_loss(real, fake), inner.discriminator_loss(real, fake))


def test_an_objective_that_is_not_separable_is_refused_in_words():
    with pytest.raises(ValueError, match=r"'label_smoothing' wraps .* got 'relativistic'"):
        LabelSmoothing(Relativistic())


def test_a_spec_names_the_objective_and_a_share_of_at_most_one():
    assert make("objective", "label_smoothing") == LabelSmoothing(NonSaturating(), 0.9)
    assert make("objective", "label_smoothing", objective="hinge", real=1.0) == LabelSmoothing(Hinge(), 1.0)
    for wrong in (0.0, 1.1):
        with pytest.raises(SpecError, match="real"):
            make("objective", "label_smoothing", real=wrong)


def test_dirac_game_circles_and_damps_the_bias():
    found = oracles.dirac_eigenvalues(LabelSmoothing(), bias=float(np.log(0.45 / 0.55)))
    speed, damping = np.sqrt(0.45 * 0.55), 2 * 0.45 * 0.55  # sigma(b) sigma(-b), where both laws have one point
    np.testing.assert_allclose(found, [-damping, -1j * speed, 1j * speed], atol=1e-8)
