"""Consensus against I - h (J + weight J'J) and numpy's gradient of half the squared norm.

Mutations caught: J for its transpose; the weight's sign; the other processes' gradients left out; a half too much.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.consensus import Consensus
from rivalry_zoo.orders.simultaneous import Simultaneous

matrices = st.lists(st.floats(-2, 2), min_size=4, max_size=4).map(lambda row: np.reshape(row, (2, 2)))


@pytest.mark.parametrize("weight", [0.0, 0.1, 3.0])
def test_it_holds_the_contract_of_its_kind(weight):
    check_component("order", "consensus", weight=weight)


@given(matrices, st.floats(0.01, 1), st.floats(0, 2))
@settings(max_examples=25)
def test_a_linear_field_is_multiplied_by_the_matrix_of_the_theory(jacobian, h, weight):
    found = bilinear.matrix(Consensus(weight=weight), h, jacobian=jacobian.tolist())
    np.testing.assert_allclose(found, np.eye(2) - h * (jacobian + weight * jacobian.T @ jacobian), atol=1e-12)


@given(st.floats(0.01, 1), st.floats(0.01, 1))
@settings(max_examples=25)
def test_the_bilinear_game_s_eigenvalues_are_damped_by_the_weight(h, weight):
    found = np.linalg.eigvals(bilinear.matrix(Consensus(weight=weight), h))
    assert abs(found) == pytest.approx([abs(1 - h * weight + 1j * h)] * 2)
    assert (max(abs(found)) < 1) == ((1 - h * weight) ** 2 + h**2 < 1)


@given(matrices, matrices)
@settings(max_examples=15)
def test_two_processes_descend_the_square_of_their_mean_field(here, there):
    order, h, mean = Consensus(weight=0.7), 0.3, (here + there) / 2
    pair = here.tolist(), there.tolist()
    steps = [bilinear.matrix(order, h, jacobian=a, elsewhere=b) for a, b in (pair, pair[::-1])]
    np.testing.assert_allclose(sum(steps) / 2, np.eye(2) - h * (mean + 0.7 * mean.T @ mean), atol=1e-12)


def test_without_weight_all_move_at_once():
    jacobian = ((0.3, -1.2), (0.5, 0.8))
    plain, found = (bilinear.path(order, 0.1, 5, jacobian=jacobian) for order in (Simultaneous(), Consensus(weight=0)))
    np.testing.assert_array_equal(found, plain)


def test_one_evaluation_and_one_move():
    game = bilinear.Game(0.1)
    Consensus().play(game)
    assert (game.looks, game.moves) == (1, 1)


def test_a_player_that_rests_neither_moves_nor_counts():
    """Only -y of the discriminator is there, whose square does not depend on x."""
    game = bilinear.Game(0.1, start=(1.0, 2.0), resting="generator")
    Consensus(weight=5.0).play(game)
    assert game.point() == (1.2, 2.0)


class Curved:
    """L_D = -a.sin(b) + 3 c, L_G = a.sin(b): a and c the discriminator's, b the generator's; c's slope is constant."""

    def __init__(self):
        self.a, self.b, self.c = (torch.tensor(v, dtype=torch.float64, requires_grad=True)
                                  for v in ([0.3, -0.8], [1.1, 0.4], 0.5))  # fmt: skip
        self.moved = None

    def parameters(self):
        return {"discriminator": [self.a, self.c], "generator": [self.b]}

    def gradients(self, differentiable=False):
        assert differentiable
        return {"discriminator": [-self.b.sin(), torch.tensor(3.0)], "generator": [self.a * self.b.cos()]}

    def mean(self, gradients):
        assert not any(row.requires_grad for rows in gradients.values() for row in rows)  # processes share numbers
        return gradients

    def move(self, gradients):
        assert not any(row.requires_grad for rows in gradients.values() for row in rows)
        self.moved = gradients


def test_a_curved_game_s_term_is_the_gradient_of_half_the_squared_norm():
    game = Curved()
    Consensus(weight=0.4).play(game)

    def energy(w):
        return 0.5 * (np.sum(np.sin(w[2:]) ** 2) + 9 + np.sum((w[:2] * np.cos(w[2:])) ** 2))

    w = np.array([0.3, -0.8, 1.1, 0.4])
    slope = np.array([(energy(w + e) - energy(w - e)) / 2e-6 for e in 1e-6 * np.eye(4)])
    (a, c), (b,) = game.moved["discriminator"], game.moved["generator"]
    np.testing.assert_allclose(a, -np.sin(w[2:]) + 0.4 * slope[:2], atol=1e-8)
    np.testing.assert_allclose(b, w[:2] * np.cos(w[2:]) + 0.4 * slope[2:], atol=1e-8)
    assert c == 3.0


def test_losses_that_are_linear_in_everything_are_simply_followed():
    class Flat(Curved):
        def gradients(self, differentiable=False):
            return {"discriminator": [torch.ones(2), torch.tensor(3.0)], "generator": [torch.tensor([2.0, 4.0])]}

    game = Flat()
    Consensus(weight=9.0).play(game)
    assert [row.tolist() for rows in game.moved.values() for row in rows] == [[1.0, 1.0], 3.0, [2.0, 4.0]]
