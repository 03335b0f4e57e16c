"""Relativistic games against Bradley-Terry, Fisher's discriminant and linear programmes.

Mutations that turn this red: a detached mean in `average`; the sign of its fake term; margin 2 in the hinge form;
roles not exchanged in the generator's turn.
"""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.relativistic import Relativistic

GAMES = [
    Relativistic(form, pairing)
    for form, pairing in product(["logistic", "hinge", "least_squares"], ["paired", "average"])
]
every_game = pytest.mark.parametrize("game", GAMES, ids=lambda game: f"{game.form}-{game.pairing}")


def loss_of(game, k, m):
    batches = oracles.all_pairs if game.pairing == "paired" else oracles.exact_batches
    return lambda s: game.discriminator_loss(*batches(s, k, m))


def optimum(game, k, m):
    return oracles.minimise(loss_of(game, k, m), len(k))


@settings(max_examples=25)
@given(oracles.counts(low=2, high=2))
def test_paired_logistic_on_two_points_has_its_closed_form(pair):
    k, m = pair
    (a, na), (b, nb) = oracles.law(k), oracles.law(m)
    first, second = a * nb, b * na
    table, value = optimum(Relativistic("logistic"), k, m)
    assert table[0] - table[1] == pytest.approx(np.log(first / second), abs=1e-5)
    decided = -first * np.log(first / (first + second)) - second * np.log(second / (first + second))
    assert value == pytest.approx(decided + (1 - first - second) * np.log(2), abs=1e-9)


@settings(max_examples=10)
@given(oracles.counts(low=3, high=4))
def test_paired_logistic_is_the_bradley_terry_model(pair):
    k, m = pair
    table, _ = optimum(Relativistic("logistic"), k, m)
    strength = oracles.bradley_terry(oracles.law(k), oracles.law(m))
    np.testing.assert_allclose(table - table.mean(), strength - strength.mean(), atol=1e-4)


@settings(max_examples=15)
@given(oracles.counts(high=4))
def test_paired_least_squares_is_worth_fishers_discriminant(pair):
    k, m = pair
    _, value = optimum(Relativistic("least_squares"), k, m)
    assert value == pytest.approx(1 / (1 + oracles.fisher(oracles.law(k), oracles.law(m))), abs=1e-8)


@settings(max_examples=25)
@given(oracles.counts())
def test_average_least_squares_is_worth_fishers_discriminant(pair):
    k, m = pair
    _, value = optimum(Relativistic("least_squares", "average"), k, m)
    assert value == pytest.approx(2 / (1 + 2 * oracles.fisher(oracles.law(k), oracles.law(m))), abs=1e-8)


@settings(max_examples=15)
@given(oracles.counts(high=4), st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_hinge_forms_reach_their_linear_programmes_and_nothing_lower(pair, scores):
    k, m = pair
    p, q, one = oracles.law(k), oracles.law(m), np.eye(len(k))
    pairs = (one[:, None] - one[None]).reshape(-1, len(k)), np.outer(p, q).ravel()
    average = np.vstack([one - q, p - one]), np.r_[p, q]
    for pairing, programme in (("paired", pairs), ("average", average)):
        least, table = oracles.hinge_program(*programme)
        loss = loss_of(Relativistic("hinge", pairing), k, m)
        assert oracles.at(loss, table) == pytest.approx(least, abs=1e-8)
        assert oracles.at(loss, scores[: len(k)]) >= least - 1e-8


@pytest.mark.parametrize(("game", "undecided"), list(zip(GAMES, [np.log(2), 2 * np.log(2), 1, 2, 1, 2], strict=True)))
def test_equal_laws_leave_the_undecided_value_and_different_ones_less(game, undecided):
    equal, other = np.array([3, 2, 4]), np.array([1, 6, 2])
    assert oracles.at(loss_of(game, equal, equal), np.zeros(3)) == pytest.approx(undecided, abs=1e-12)
    around = [oracles.at(loss_of(game, equal, equal), s) for s in np.random.default_rng(0).normal(size=(50, 3))]
    assert min(around) >= undecided - 1e-12
    downhill = 0.1 * np.sign(equal - other)
    assert oracles.at(loss_of(game, equal, other), downhill) < undecided


@every_game
@settings(max_examples=10)
@given(seed=st.integers(0, 99), shift=st.floats(-20, 20))
def test_a_common_shift_changes_nothing_and_gradients_sum_to_zero(game, seed, shift):
    draw = torch.Generator().manual_seed(seed)
    real, fake = torch.randn(2, 6, 2, dtype=torch.float64, generator=draw, requires_grad=True).unbind()
    for loss in (game.discriminator_loss, game.generator_loss):
        torch.testing.assert_close(loss(real + shift, fake + shift), loss(real, fake))
        gradients = torch.autograd.grad(loss(real, fake), [real, fake])
        assert all(gradient.any() for gradient in gradients)
        assert sum(gradient.sum().item() for gradient in gradients) == pytest.approx(0, abs=1e-12)


@every_game
def test_generator_plays_the_same_loss_with_the_roles_exchanged(game):
    real, fake = torch.randn(2, 6, dtype=torch.float64)
    assert torch.equal(game.generator_loss(real, fake), game.discriminator_loss(fake, real))


@pytest.mark.parametrize(("pairing", "terms"), [("paired", 1), ("average", 2)])
def test_half_precision_is_squared_in_single(pairing, terms):
    real, fake = torch.tensor([1024.0, 1024.0], dtype=torch.float16), torch.tensor([0.0, 0.0], dtype=torch.float16)
    assert Relativistic("least_squares", pairing).discriminator_loss(real, fake).item() == terms * 1023**2


def test_pairs_need_equally_many_scores():
    for turn in (Relativistic().discriminator_loss, Relativistic().generator_loss):
        with pytest.raises(ValueError, match="equally many real and fake scores"):
            turn(torch.randn(4), torch.randn(3))


def test_averages_take_unequally_many_scores():
    assert Relativistic(pairing="average").discriminator_loss(torch.zeros(4), torch.zeros(3)).item() == pytest.approx(
        2 * np.log(2)
    )


@every_game
def test_generator_without_real_scores_is_refused_in_words(game):
    with pytest.raises(ValueError, match="judged against real scores, got none"):
        game.generator_loss(None, torch.randn(4))


@pytest.mark.parametrize(("game", "speed"), list(zip(GAMES, [0.5, 1, 1, 2, 2, 4], strict=True)))
def test_dirac_game_circles(game, speed):
    np.testing.assert_allclose(oracles.dirac_eigenvalues(game), [-1j * speed, 1j * speed], atol=1e-8)
