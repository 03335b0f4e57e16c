"""The mirrored generator minimises the discriminator's loss of the laws exchanged.

Mutations that turn this red: real and fake not exchanged; the generator's own term for the real one; the second term
kept apart from the first by a sign.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from scipy.special import log_expit

import oracles
from rivalry.making import make
from rivalry_zoo.objectives.hinge import Hinge
from rivalry_zoo.objectives.logit import Logit
from rivalry_zoo.objectives.lsgan import LeastSquares
from rivalry_zoo.objectives.mirrored import Mirrored
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.relativistic import Relativistic


@settings(max_examples=8)
@given(oracles.counts())
def test_either_side_finds_its_log_ratio_and_jensen_shannon(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    for side, ratio in (("discriminator_loss", p / q), ("generator_loss", q / p)):
        loss = getattr(Mirrored(), side)
        table, value = oracles.minimise(lambda s, of=loss: of(*oracles.exact_batches(s, k, m)), len(k))
        np.testing.assert_allclose(table, np.log(ratio), atol=1e-5)
        assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)


@settings(max_examples=8)
@given(oracles.counts())
def test_at_the_optimum_both_losses_are_apart_by_both_kullback_leiblers(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    found = oracles.at(lambda s: Mirrored().generator_loss(*oracles.exact_batches(s, k, m)), np.log(p / q))
    least = 2 * np.log(2) - 2 * oracles.js(p, q)
    assert found == pytest.approx(least + oracles.kl(p, q) + oracles.kl(q, p), abs=1e-9)


def test_other_objectives_are_mirrored_in_their_own_terms():
    real, fake = np.array([0.3, -2.0, 1.4]), np.array([-0.2, 0.9])
    both = torch.tensor(real), torch.tensor(fake)
    squares = ((fake - 0.75) ** 2).mean() / 2 + ((real + 0.5) ** 2).mean() / 2
    assert Mirrored(LeastSquares(0.75, -0.5, 2.0)).generator_loss(*both).item() == pytest.approx(squares)
    margins = np.maximum(0, 1 - fake).mean() + np.maximum(0, 1 + real).mean()
    assert Mirrored(Hinge()).generator_loss(*both).item() == pytest.approx(margins)
    margins = np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    assert Mirrored(Hinge()).discriminator_loss(*both).item() == pytest.approx(margins)


def test_without_real_scores_the_first_term_is_left():
    fake = np.array([-0.2, 0.9])
    for inner in (NonSaturating(), Logit()):  # whatever the wrapped generator pays
        assert Mirrored(inner).generator_loss(None, torch.tensor(fake)).item() == pytest.approx(-log_expit(fake).mean())


def test_both_sides_receive_a_gradient():
    real, fake = torch.randn(2, 6, dtype=torch.float64, requires_grad=True).unbind()
    found = torch.autograd.grad(Mirrored().generator_loss(real, fake), [real, fake])
    assert (found[0] > 0).all()  # real samples are to look less real
    assert (found[1] < 0).all()


def test_an_objective_that_is_not_separable_is_refused_in_words():
    with pytest.raises(ValueError, match=r"'mirrored' wraps .* got 'relativistic'"):
        Mirrored(Relativistic())


def test_a_spec_names_the_objective():
    assert make("objective", "mirrored") == Mirrored(NonSaturating())
    assert make("objective", "mirrored", objective="hinge") == Mirrored(Hinge())
