"""Extragradient on the bilinear game x y, against the closed form of its spectral radius.

Mutations caught: moving from the point ahead; looking ahead uphill; looking ahead with one player only; a look ahead by
the optimisers that is not taken back, or that moves nobody's moments.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.extragradient import Extragradient


@pytest.mark.parametrize("ahead", ["plain", "optimizer"])
def test_it_holds_the_contract_of_its_kind(ahead):
    check_component("order", "extragradient", step=0.1, ahead=ahead)


@given(st.floats(0.01, 1.5))
def test_the_bilinear_game_shrinks_by_its_spectral_radius(h):
    radius = max(abs(np.linalg.eigvals(bilinear.matrix(Extragradient(step=h), h))))
    assert radius == pytest.approx(np.sqrt(1 - h**2 + h**4))
    assert (radius < 1) == (h < 1)


@given(st.floats(0.01, 1.0), st.floats(0.01, 1.0))
def test_the_look_ahead_has_a_step_size_of_its_own(h, step):
    """w <- w - h J (w - step J w) with J the rotation: eigenvalues 1 - h step +- i h."""
    found = np.linalg.eigvals(bilinear.matrix(Extragradient(step=step), h))
    assert sorted(abs(found)) == pytest.approx([abs(1 - h * step + 1j * h)] * 2)


@given(st.floats(0.01, 1.0))
def test_a_look_ahead_by_plain_optimisers_is_one_by_their_own_rate(h):
    found = bilinear.matrix(Extragradient(step=77.0, ahead="optimizer"), h)
    rotation = np.array(bilinear.ROTATION)
    np.testing.assert_allclose(found, np.eye(2) - h * rotation + h**2 * rotation @ rotation, atol=1e-14)


class Adams(bilinear.Game):
    """The game of players with moments, in numpy."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.moments = {name: SimpleNamespace(m=0.0, v=0.0, t=0) for name in self.players}

    def move(self, gradients):
        for name, (gradient,) in gradients.items():
            kept, g = self.moments[name], gradient.item()
            kept.t += 1
            kept.m, kept.v = 0.5 * kept.m + 0.5 * g, 0.9 * kept.v + 0.1 * g**2
            by = self.h * (kept.m / (1 - 0.5**kept.t)) / (np.sqrt(kept.v / (1 - 0.9**kept.t)) + 1e-8)
            self.players[name] -= by


def test_extra_adam_updates_moments_at_both_evaluations_and_moves_from_where_it_stood():
    w, h, order, game = np.array([1.0, 0.4]), 0.05, Extragradient(ahead="optimizer"), Adams(0.05, start=(1.0, 0.4))
    m, v, t = np.zeros(2), np.zeros(2), 0
    for _ in range(4):
        origin = w
        for _ in range(2):  # ahead, and then with the gradient found there
            g, t = np.array([-w[1], w[0]]), t + 1
            m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g**2
            w = origin - h * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
        order.play(game)
        np.testing.assert_allclose(game.point(), w, rtol=1e-12)


def test_two_evaluations_and_one_move():
    game = bilinear.Game(0.1)
    Extragradient(step=0.1).play(game)
    assert (game.looks, game.moves) == (2, 1)
    Extragradient(ahead="optimizer").play(game)
    assert (game.looks, game.moves) == (4, 3)


@pytest.mark.parametrize("ahead", ["plain", "optimizer"])
def test_a_player_that_rests_is_not_touched(ahead):
    game = bilinear.Game(0.1, start=(1.0, 2.0), resting="generator")
    Extragradient(step=0.5, ahead=ahead).play(game)
    assert game.point()[1] == 2.0
    assert game.point()[0] != 1.0


def test_parameters_that_want_gradients_come_back_to_the_bit():
    class Asleep(bilinear.Game):
        def move(self, gradients):
            """Nobody moves: gates are closed."""

    for ahead in ("plain", "optimizer"):
        game = Asleep(0.1, start=(1 / 3, 2 / 7))
        for parameter in game.players.values():
            parameter.requires_grad_()
        game.gradients = lambda: {name: [torch.full((1,), 0.1)] for name in bilinear.PLAYERS}
        Extragradient(step=0.3, ahead=ahead).play(game)
        assert game.point() == (1 / 3, 2 / 7)
