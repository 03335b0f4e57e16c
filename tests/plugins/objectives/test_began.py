"""The balanced game against its definition on laws of energies, and its critic's rest against a linear programme.

Mutations that turn this red: the balance on the real term; the generator's sign; a half in front.
"""

import numpy as np
import pytest
import torch
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

import oracles
from rivalry_zoo.objectives.began import Began

balances = st.floats(0, 1)


def losses(k, m, table, balance):
    real, fake = oracles.exact_batches(-torch.tensor(table, dtype=torch.float64), k, m)
    return Began(balance).discriminator_loss(real, fake).item(), Began(balance).generator_loss(None, fake).item()


@settings(max_examples=25)
@given(oracles.counts(high=5), balances)
def test_best_energy_is_low_where_real_and_high_where_fakes_outweigh_by_the_balance(pair, balance):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    least = linprog(p - balance * q, bounds=(0, 1))  # energies between 0 and 1
    found, generator = losses(k, m, np.asarray(least.x), balance)
    assert found == pytest.approx(least.fun, abs=1e-9)
    assert generator == pytest.approx(least.x @ q, abs=1e-9)
    assert losses(k, m, np.random.default_rng(0).random(len(p)), balance)[0] >= least.fun - 1e-9


@settings(max_examples=25)
@given(oracles.counts(high=5), st.lists(st.floats(0, 3), min_size=5, max_size=5))
def test_at_balance_one_the_gap_is_a_lower_bound_of_the_distance_between_energies(pair, energies):
    k, m = pair
    table = np.array(energies[: len(k)])
    gap, _ = losses(k, m, table, 1.0)
    assert abs(gap) <= wasserstein_distance(table, table, k, m) + 1e-9


@settings(max_examples=25)
@given(oracles.counts())
def test_at_balance_zero_fakes_do_not_teach_the_critic(pair):
    k, m = pair
    table = np.random.default_rng(1).random(len(k))
    assert losses(k, m, table, 0.0)[0] == pytest.approx(oracles.law(k) @ table)


@settings(max_examples=25)
@given(oracles.counts())
def test_generator_gradient_is_that_of_the_expected_energy(pair):
    _, m = pair
    q = oracles.law(m)
    table = np.random.default_rng(2).random(len(q))
    gradient = oracles.generator_gradient(lambda s: Began().generator_loss(None, s), -table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: r @ table, q), atol=1e-8)


def test_the_balance_may_be_a_number_on_the_device(device):
    real, fake = torch.randn(2, 8, device=device)
    moved = evolve(Began(), balance=torch.tensor(0.25, device=device))
    assert moved.discriminator_loss(real, fake).item() == pytest.approx(
        Began(0.25).discriminator_loss(real, fake).item()
    )


def test_dirac_game_circles_only_where_fakes_are_judged():
    # Energy -s = -psi x: the critic moves by balance * theta, the point by -psi, whatever the balance.
    np.testing.assert_allclose(oracles.dirac_eigenvalues(Began(0.25)), [-0.5j, 0.5j], atol=1e-8)
    np.testing.assert_allclose(oracles.dirac_eigenvalues(Began(0.0)), [0, 0], atol=1e-8)
