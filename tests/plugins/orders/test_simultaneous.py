"""Simultaneous play on the bilinear game x y. Mutation caught: the generator moves by a gradient taken afterwards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.simultaneous import Simultaneous


def test_it_holds_the_contract_of_its_kind():
    check_component("order", "simultaneous")


@given(st.floats(0.01, 1.5))
def test_the_bilinear_game_grows_by_its_spectral_radius(h):
    matrix = bilinear.matrix(Simultaneous(), h)
    rotation = np.array([[0, -1], [1, 0]])
    np.testing.assert_allclose(matrix, np.eye(2) - h * rotation, atol=1e-15)
    assert max(abs(np.linalg.eigvals(matrix))) == pytest.approx(np.sqrt(1 + h**2))


def test_it_says_that_it_is_no_more_than_all_gradients_at_once():
    assert Simultaneous.at_once


def test_one_evaluation_and_one_move():
    game = bilinear.Game(0.1)
    Simultaneous().play(game)
    assert (game.looks, game.moves) == (1, 1)
