"""The hinge game is total variation, against a linear programme.

Mutations that turn this red: margin 2; the fake term's sign; the generator's sign.
"""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.hinge import Hinge

GAME = Hinge()


def cost(k, m, table):
    return oracles.at(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), table)


def programme(p, q):
    """E_p max(0, 1 - s) + E_q max(0, 1 + s) as rows of a linear programme."""
    return oracles.hinge_program(np.vstack([np.eye(len(p)), -np.eye(len(q))]), np.r_[p, q])


@settings(max_examples=25)
@given(oracles.counts(high=5))
def test_optimal_loss_is_two_minus_twice_total_variation(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    least, table = programme(p, q)
    corners = min(cost(k, m, corner) for corner in product([-1.0, 1.0], repeat=len(k)))
    assert least == pytest.approx(2 * (1 - oracles.tv(p, q)), abs=1e-9)
    assert cost(k, m, table) == pytest.approx(least, abs=1e-9)
    assert corners == pytest.approx(least, abs=1e-9)
    assert cost(k, m, np.sign(p - q)) == pytest.approx(least, abs=1e-9)


@settings(max_examples=25)
@given(oracles.counts(high=4), st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_no_table_beats_the_linear_programme(pair, scores):
    k, m = pair
    assert cost(k, m, scores[: len(k)]) >= programme(oracles.law(k), oracles.law(m))[0] - 1e-9


@settings(max_examples=25)
@given(oracles.counts())
def test_generator_gradient_at_the_optimum_is_that_of_total_variation(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    assume(np.abs(p - q).min() > 1e-6)  # elsewhere total variation has a kink
    _, table = programme(p, q)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: 2 * oracles.tv(p, r), q, step=1e-7), atol=1e-6)


def test_scores_beyond_their_margin_have_no_gradient():
    real, fake = torch.tensor([1.5, 3.0], requires_grad=True), torch.tensor([-1.5, -3.0], requires_grad=True)
    assert not any(g.any() for g in torch.autograd.grad(GAME.discriminator_loss(real, fake), [real, fake]))


def test_undecided_discriminator_costs_two():
    assert GAME.discriminator_loss(torch.zeros(3), torch.zeros(3)).item() == 2


def test_swapping_sides_and_signs_changes_nothing():
    real, fake = torch.randn(2, 16, dtype=torch.float64)
    assert torch.equal(GAME.discriminator_loss(real, fake), GAME.discriminator_loss(-fake, -real))


def test_dirac_game_circles():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [-1j, 1j], atol=1e-8)
