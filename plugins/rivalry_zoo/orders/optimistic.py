"""Everybody expects the change that was seen last to go on."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order


def ahead(now: Tensor, before: Tensor) -> Tensor:
    """Where the change from `before` to `now` leads if it goes on."""
    return now + (now - before)


@frozen
class Optimistic(Order):
    """All players move at once by their gradient and its change since the step before (OGDA).

        w <- w - lr (2 v_t - v_{t-1}),    v_{-1} = v_0,    v all players' gradients of their own losses

    One evaluation a step: v_t - v_{t-1} stands for the look ahead of `extragradient`. With plain gradient steps of size
    h the bilinear game x y shrinks for 0 < h < 1 / sqrt 3, where simultaneous steps make it grow. The gradients are of
    different batches, so noise comes in with twice its size. It is the gradient that is extrapolated, and the players'
    optimisers take what comes out; the optimiser `optimistic` extrapolates the optimiser's own moves instead, as
    optimistic Adam does. With `sgd` both are the same.

    A player whose gate is closed goes on comparing what it sees; one all of whose losses rest compares with what it saw
    last.
    """

    name: ClassVar[str] = "optimistic"
    paper: ClassVar[str] = "Daskalakis, Ilyas, Syrgkanis & Zeng 2018, arXiv:1711.00141"

    def play(self, game: Joint) -> None:
        """Move by the gradients and their change, and remember them."""
        now = game.gradients()
        before = {player: game.memory.get(player, rows) for player, rows in now.items()}
        game.memory.update({player: [row.detach() for row in rows] for player, rows in now.items()})
        game.move({player: list(map(ahead, now[player], before[player])) for player in now})


@hookimpl
def rivalry_components():
    return [Optimistic]
