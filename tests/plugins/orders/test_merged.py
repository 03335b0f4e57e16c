"""One backward pass of one sum against the players' separate gradients.

Mutations caught: players' losses subtracted; one player's loss counted twice; a player that rests is moved.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import bilinear
from rivalry.testing import check_component
from rivalry_zoo.orders.merged import Merged


def test_it_holds_the_contract_of_its_kind():
    check_component("order", "merged")


@given(st.lists(st.floats(-2, 2), min_size=6, max_size=6), st.floats(0.01, 1))
@settings(max_examples=25)
def test_it_is_the_step_of_everybodys_own_gradient_at_once(numbers, h):
    jacobian, start = np.reshape(numbers[:4], (2, 2)), np.array(numbers[4:])
    found = bilinear.path(Merged(), h, 1, jacobian=jacobian.tolist(), start=start.tolist())
    np.testing.assert_allclose(found[1], start - h * jacobian @ start, atol=1e-12)


def test_the_bilinear_game_grows_as_where_all_move_at_once():
    assert np.abs(np.linalg.eigvals(bilinear.matrix(Merged(), 0.5))).max() == np.sqrt(1.25)


def test_one_move_after_one_look_at_each_players_losses():
    game = bilinear.Game(0.1)
    Merged().play(game)
    assert (game.looks, game.moves) == (2, 1)


def test_a_player_that_rests_is_not_moved():
    class Watching(bilinear.Game):
        def move(self, gradients):
            assert set(gradients) == {"discriminator"}
            super().move(gradients)

    game = Watching(0.1, start=(1.0, 2.0), resting="generator")
    Merged().play(game)
    assert game.point() == (1.2, 2.0)


def test_where_everybody_rests_nothing_happens():
    game = bilinear.Game(0.1, start=(1.0, 2.0))
    game.losses = lambda of: torch.zeros(())
    Merged().play(game)
    assert game.point() == (1.0, 2.0)


class Critic:
    """C(x) = tanh(u x) . v, G(z) = w z + b: losses of a batch in float64, the bracket written out beside them."""

    def __init__(self):
        draw = torch.Generator().manual_seed(3)
        number = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=draw)  # noqa: E731
        self.u, self.v, self.w, self.b = (number(*s).requires_grad_() for s in ((3, 2), (3,), (2, 2), (2,)))
        self.unused = number(4).requires_grad_()
        self.x, self.z = number(5, 2), number(5, 2)
        self.moved = None

    def parameters(self):
        return {"discriminator": [self.u, self.unused, self.v], "generator": [self.w, self.b]}

    def fake(self):
        return self.z @ self.w.T + self.b

    def scores(self, x, stopped=False):
        u, v = (self.u.detach(), self.v.detach()) if stopped else (self.u, self.v)
        return (x @ u.T).tanh() @ v

    def losses(self, of):
        softplus = torch.nn.functional.softplus
        if of == "discriminator":
            return softplus(-self.scores(self.x)).mean() + softplus(self.scores(self.fake().detach())).mean()
        return softplus(-self.scores(self.fake(), stopped=True)).mean()

    def move(self, gradients):
        self.moved = [row for rows in gradients.values() for row in rows]


def test_it_is_the_gradient_of_the_bracket_whose_value_is_nothing():
    game, softplus = Critic(), torch.nn.functional.softplus
    Merged().play(game)
    bracket = softplus(-game.scores(game.fake())) - softplus(-game.scores(game.fake().detach()))
    assert not bracket.any()
    total = game.losses("discriminator") + bracket.mean()
    wanted = [game.u, game.v, game.w, game.b]
    expected = torch.autograd.grad(total, wanted)
    u, unused, v, w, b = game.moved
    torch.testing.assert_close((u, v, w, b), expected, rtol=1e-12, atol=1e-14)
    assert not unused.any()
    assert unused.shape == (4,)
