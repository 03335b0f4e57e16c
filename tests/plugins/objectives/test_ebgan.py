"""The margin game of energies against its linear programme, total variation, and the spec that makes it MAGAN.

Mutations that turn this red: the margin subtracted; the hinge on the batch's mean; the generator's sign.
"""

import numpy as np
import pytest
import torch
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import oracles
from rivalry_zoo.objectives.ebgan import Ebgan

margins = st.floats(0.2, 5)


def cost(margin, k, m, energies):
    loss = Ebgan(margin).discriminator_loss
    return oracles.at(lambda s: loss(*oracles.exact_batches(s, k, m)), -np.asarray(energies))


def programme(p, q, margin):
    """min p.U + q.t over 0 <= U <= 9 and t >= max(0, margin - U): the value and the energies."""
    n = len(p)
    found = linprog(
        np.r_[p, q],
        A_ub=-np.hstack([np.eye(n), np.eye(n)]),
        b_ub=np.full(n, -margin),
        bounds=[(0, 9)] * n + [(0, None)] * n,
        method="highs",
    )
    return found.fun, found.x[:n]


@settings(max_examples=20)
@given(oracles.counts(high=5), margins)
def test_best_energies_reach_the_margin_where_fakes_prevail_and_cost_it_less_total_variation(pair, margin):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    least, energies = programme(p, q, margin)
    assert least == pytest.approx(margin * (1 - oracles.tv(p, q)), abs=1e-9)
    assert cost(margin, k, m, energies) == pytest.approx(least, abs=1e-9)
    assert cost(margin, k, m, margin * (p < q)) == pytest.approx(least, abs=1e-9)
    for other in np.random.default_rng(0).uniform(0, 9, size=(5, len(k))):
        assert cost(margin, k, m, other) >= least - 1e-9


@settings(max_examples=20)
@given(oracles.counts(), margins)
def test_generator_gradient_at_the_best_energies_is_that_of_the_margin_times_total_variation(pair, margin):
    p, q = map(oracles.law, pair)
    assume(np.abs(p - q).min() > 1e-6)  # elsewhere total variation has a kink
    energies = margin * (p < q)
    gradient = oracles.generator_gradient(lambda s: Ebgan(margin).generator_loss(None, s), -energies, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: margin * oracles.tv(p, r), q, step=1e-7), atol=1e-6)


def test_equal_laws_rest_at_any_level_up_to_the_margin_and_not_above():
    k = np.array([3, 1, 4])
    levels = [cost(2.0, k, k, np.full(3, level)) for level in (0.0, 0.5, 1.5, 2.0)]
    assert levels == pytest.approx([2.0] * 4)
    assert cost(2.0, k, k, np.full(3, 2.5)) == pytest.approx(2.5)


def test_the_hinge_is_per_sample():
    real, fake = -torch.tensor([0.25, 0.5]), -torch.tensor([0.5, 4.5])
    assert Ebgan(2.0).discriminator_loss(real, fake).item() == pytest.approx(0.375 + 1.5 / 2)
    assert Ebgan(2.0).generator_loss(None, fake).item() == pytest.approx(2.5)


def test_fakes_beyond_the_margin_teach_the_critic_nothing_and_the_generator_still():
    fake = torch.tensor([-1.5, -2.5], requires_grad=True)
    (cost_slope,) = torch.autograd.grad(Ebgan(2.0).discriminator_loss(-torch.ones(2), fake), fake)
    (own_slope,) = torch.autograd.grad(Ebgan(2.0).generator_loss(None, fake), fake)
    assert cost_slope.tolist() == [0.5, 0]
    assert own_slope.tolist() == [-0.5, -0.5]


def test_the_margin_may_be_a_number_on_the_device(device):
    real, fake = -torch.rand(2, 8, device=device)
    moved = evolve(Ebgan(), margin=torch.tensor(0.25, device=device))
    torch.testing.assert_close(moved.discriminator_loss(real, fake), Ebgan(0.25).discriminator_loss(real, fake))


def test_dirac_game_circles_within_the_margin():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(Ebgan(0.5)), [-1j, 1j], atol=1e-8)
