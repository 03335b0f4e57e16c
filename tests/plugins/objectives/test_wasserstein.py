"""The critic's loss over 1-Lipschitz tables is minus the earth mover's distance, by two linear programmes.

Mutations that turn this red: the critic's sign; the generator's sign; a half on the difference.
"""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

import oracles
from rivalry_zoo.objectives.wasserstein import Wasserstein

GAME = Wasserstein()


def cost(k, m, table):
    return oracles.at(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), table)


def plane(n, seed):
    """Distances between n random points of the plane."""
    points = np.random.default_rng(seed).normal(size=(n, 2))
    return np.linalg.norm(points[:, None] - points[None], axis=-1)


@settings(max_examples=25)
@given(oracles.counts(), st.integers(0, 99))
def test_best_lipschitz_critic_costs_minus_the_transport_distance(pair, seed):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    distance = plane(len(k), seed)
    best, critic = oracles.kr_dual(p, q, distance)
    assert best == pytest.approx(oracles.ot_primal(p, q, distance), abs=1e-9)
    assert cost(k, m, critic) == pytest.approx(-best, abs=1e-9)


@settings(max_examples=25)
@given(oracles.counts(), st.integers(0, 99))
def test_no_lipschitz_table_beats_the_linear_programme(pair, seed):
    k, m = pair
    distance = plane(len(k), seed)
    free = np.random.default_rng(seed).normal(size=len(k))
    lipschitz = (free[None] + distance).min(1)
    assert cost(k, m, lipschitz) >= -oracles.ot_primal(oracles.law(k), oracles.law(m), distance) - 1e-9


@settings(max_examples=25)
@given(oracles.counts(), st.integers(0, 99))
def test_generator_gradient_at_the_best_critic_is_that_of_the_distance_on_the_line(pair, seed):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    assume(np.abs(np.cumsum(p - q)[:-1]).min() > 1e-6)  # elsewhere the distance has a kink
    x = np.cumsum(np.random.default_rng(seed).uniform(0.5, 2, size=len(k)))
    best, critic = oracles.kr_dual(p, q, np.abs(x[:, None] - x[None]))
    assert best == pytest.approx(wasserstein_distance(x, x, p, q), abs=1e-9)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), critic, q)
    expected = oracles.slope(lambda r: wasserstein_distance(x, x, p, r), q, step=1e-7)
    np.testing.assert_allclose(gradient, expected, atol=1e-6)


def test_only_differences_of_scores_count_and_roles_are_antisymmetric():
    real, fake = torch.randn(2, 16, dtype=torch.float64)
    loss = GAME.discriminator_loss(real, fake)
    torch.testing.assert_close(GAME.discriminator_loss(real + 3, fake + 3), loss)
    torch.testing.assert_close(GAME.discriminator_loss(fake, real), -loss)


def test_dirac_game_circles():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [-1j, 1j], atol=1e-8)
