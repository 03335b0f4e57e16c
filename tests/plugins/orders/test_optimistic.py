"""OGDA against its companion matrix and the closed form of its limit 1 / sqrt 3.

Mutations caught: g_t + g_{t-1}; a double first step; remembering what was moved by instead of the gradient.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.optimistic import Optimistic


def companion(jacobian, h):
    """(w_t, w_{t-1}) -> (w_{t+1}, w_t) with w_{t+1} = w_t - 2 h J w_t + h J w_{t-1}."""
    one, j = np.eye(2), np.array(jacobian)
    return np.block([[one - 2 * h * j, h * j], [one, 0 * one]])


def test_it_holds_the_contract_of_its_kind():
    check_component("order", "optimistic")


@given(st.floats(0.01, 1.0), st.lists(st.floats(-1, 1), min_size=6, max_size=6))
@settings(max_examples=25)
def test_every_step_is_the_companion_matrix_s_and_the_first_is_plain(h, numbers):
    jacobian, start = np.reshape(numbers[:4], (2, 2)), numbers[4:]
    found = bilinear.path(Optimistic(), h, 5, jacobian=jacobian.tolist(), start=start)
    step, state = companion(jacobian, h), np.r_[start, start]
    for point in found:
        np.testing.assert_allclose(point, state[:2], atol=1e-9)
        state = step @ state
    np.testing.assert_allclose(found[1], start - h * jacobian @ start, atol=1e-12)


@given(st.one_of(st.floats(0.05, 0.45), st.floats(0.55, 0.57), st.floats(0.58, 0.7)))  # at 1/2 two eigenvalues meet
@settings(max_examples=15)
def test_the_bilinear_game_shrinks_for_a_step_below_one_over_the_root_of_three_alone(h):
    radius = max(abs(np.linalg.eigvals(companion(bilinear.ROTATION, h))))
    distances = np.linalg.norm(bilinear.path(Optimistic(), h, 120), axis=1)
    assert distances[-1] / distances[-2] == pytest.approx(radius, rel=1e-6)
    assert (distances[-1] < distances[-2]) == (h < 3**-0.5)


def test_the_published_radius_at_a_step_of_three_tenths():
    distances = np.linalg.norm(bilinear.path(Optimistic(), 0.3, 120), axis=1)
    assert distances[-1] / distances[-2] == pytest.approx(0.9487, abs=5e-5)


def test_one_evaluation_and_one_move():
    game = bilinear.Game(0.1)
    Optimistic().play(game)
    assert (game.looks, game.moves) == (1, 1)


def test_what_is_kept_has_no_graph():
    game = bilinear.Game(0.1)
    game.gradients = lambda: bilinear.Game.gradients(game, differentiable=True)
    Optimistic().play(game)
    assert [row.requires_grad for rows in game.memory.values() for row in rows] == [False, False]


def test_a_player_that_rests_neither_moves_nor_forgets():
    order, game = Optimistic(), bilinear.Game(0.1, start=(1.0, 2.0))
    order.play(game)
    kept, game.resting, before = game.memory["generator"][0].clone(), "generator", game.point()
    order.play(game)
    assert game.point()[1] == before[1]
    assert game.point()[0] != before[0]
    assert game.memory["generator"][0] == kept
    game.resting, (x, y) = "", game.point()
    order.play(game)
    assert game.point()[1] == pytest.approx(y - 0.1 * (2 * x - kept.item()))
