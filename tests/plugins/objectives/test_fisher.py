"""Fisher GAN against the chi-square distance to the middle, in closed form, and its augmented Lagrangian played out.

Mutations that turn this red: the sign of the multiplier's term; Omega without its halves; rho without its half; the
multiplier moved the other way.
"""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.fisher import Fisher
from rivalry_zoo.schedules.dual_ascent import DualAscent


def truth(k, m):
    """The direction of the optimal table, and the value."""
    p, q = oracles.law(k), oracles.law(m)
    middle = (p + q) / 2
    return (p - q) / middle, float(np.sqrt(((p - q) ** 2 / middle).sum()))


def loss_of(game, k, m):
    return lambda s: game.discriminator_loss(*oracles.exact_batches(s, k, m))


@settings(max_examples=30)
@given(oracles.counts(), st.floats(0.3, 3), st.floats(1e-3, 2))
def test_every_multiple_of_the_best_table_rests_at_its_own_multiplier(pair, length, rho):
    k, m = pair
    direction, value = truth(k, m)
    assume(value > 1e-3)
    table = torch.tensor(length * direction / value, requires_grad=True)  # its second moment is length^2
    multiplier = value / (2 * length) + rho * (1 - length**2)
    loss = loss_of(Fisher(rho, multiplier), k, m)(table)
    np.testing.assert_allclose(torch.autograd.grad(loss, table)[0].numpy(), 0, atol=1e-12)
    short = 1 - length**2
    assert loss.item() == pytest.approx(-length * value - multiplier * short + rho / 2 * short**2, abs=1e-12)


@pytest.mark.parametrize(("rho", "k", "m"), [(0.5, [3, 1, 2], [1, 4, 1]), (1.0, [1, 9], [8, 2])])
def test_the_augmented_lagrangian_finds_the_table_and_half_its_value(rho, k, m):
    k, m = np.array(k), np.array(m)
    direction, value = truth(k, m)
    p, q = oracles.law(k), oracles.law(m)
    ascent = DualAscent(target=1.0, rate=rho, constraint="equal")
    multiplier = torch.tensor(0.0, dtype=torch.float64)
    for _ in range(10):
        table, _ = oracles.minimise(loss_of(Fisher(rho, multiplier), k, m), len(k))
        multiplier = ascent.follow(multiplier, torch.tensor(((p + q) / 2) @ table**2))
    assert multiplier.item() == pytest.approx(value / 2, abs=1e-3)
    np.testing.assert_allclose(table, direction / value, atol=3e-3)
    assert (p - q) @ table == pytest.approx(value, abs=3e-3)
    assert value <= 2


@settings(max_examples=30)
@given(oracles.counts(), st.integers(0, 99))
def test_no_table_separates_further_in_units_of_its_second_moment(pair, seed):
    k, m = pair
    s = np.random.default_rng(seed).normal(1, 2, len(k))
    p, q = oracles.law(k), oracles.law(m)
    unit = s / np.sqrt((p + q) / 2 @ s**2)
    assert -oracles.at(loss_of(Fisher(0.7, 0.3), k, m), unit) <= truth(k, m)[1] + 1e-9


def test_disjoint_laws_are_worth_two(device):
    real = torch.ones(3, dtype=torch.float64, device=device)
    assert Fisher(1.0, 1.0).discriminator_loss(real, -real).item() == pytest.approx(-2)


def test_half_precision_is_squared_in_single(device):
    real = torch.tensor([1e4, -1e4], dtype=torch.float16, device=device)
    half = 0.5 * real.double().square().mean().item()
    loss = Fisher(1e-6, 2.0).discriminator_loss(real, real)
    assert loss.item() == pytest.approx(-2 * (1 - 2 * half) + 0.5e-6 * (1 - 2 * half) ** 2, rel=1e-5)


def test_generator_pays_minus_its_mean_score():
    fake = torch.tensor([1.0, 2.0, 6.0], requires_grad=True)
    loss = Fisher().generator_loss(None, fake)
    assert loss.item() == pytest.approx(-3)
    np.testing.assert_allclose(torch.autograd.grad(loss, fake)[0].numpy(), -1 / 3, rtol=1e-6)


def test_defaults_are_the_authors():
    assert Fisher() == Fisher(1e-6, 0.0)
