"""Extragradient on the bilinear game x y, against the closed form of its spectral radius.

Mutations caught: moving from the point ahead; looking ahead uphill; looking ahead with one player only.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.extragradient import Extragradient


def test_it_holds_the_contract_of_its_kind():
    check_component("order", "extragradient", step=0.1)


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


def test_two_evaluations_and_one_move():
    game = bilinear.Game(0.1)
    Extragradient(step=0.1).play(game)
    assert (game.looks, game.moves) == (2, 1)


def test_a_player_that_rests_is_not_touched():
    game = bilinear.Game(0.1, start=(1.0, 2.0), resting="generator")
    Extragradient(step=0.5).play(game)
    assert game.point()[1] == 2.0
    assert game.point()[0] != 1.0
