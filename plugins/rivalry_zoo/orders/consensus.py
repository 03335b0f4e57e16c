"""Everybody also moves to where all gradients vanish."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order
from rivalry.marks import Ge


@frozen
class Consensus(Order):
    """All players move at once by v + weight grad (|v|^2 / 2), v all players' gradients of their own losses.

    The second term is J^T v with J = dv/dw, by one backward pass through all gradients: every player also seeks the
    points where nobody wants to move. There J^T J damps the rotation, so with plain gradient steps of size h the game
    near such a point moves by I - h (J + weight J^T J). Where J + J^T >= 0 and J is invertible that shrinks for a small
    h; on the bilinear game x y it is by |1 - h weight +- i h| a step. Points that are no equilibria draw it as well.

    Of |v|^2 over several processes, v is the mean: each process's share is J^T v with its own J and the mean v. Players
    all of whose losses rest neither count nor move. Every loss and network on the way must be twice differentiable.

    Paper: Mescheder, Nowozin & Geiger 2017, arXiv:1705.10461; the default weight is their code's.
    """

    name: ClassVar[str] = "consensus"
    paper: ClassVar[str] = "Mescheder, Nowozin & Geiger 2017, arXiv:1705.10461"

    weight: Annotated[float, Ge(0)] = 0.1

    def play(self, game: Joint) -> None:
        """Take gradients with a graph, add the gradient of half their square, move."""
        own = game.gradients(differentiable=True)
        mean = game.mean({player: [row.detach() for row in rows] for player, rows in own.items()})
        pairs = [(v, m) for player in own for v, m in zip(own[player], mean[player], strict=True) if v.requires_grad]
        parameters = game.parameters()
        wanted = [parameter for player in own for parameter in parameters[player]]
        found = iter(
            torch.autograd.grad(
                [v for v, _ in pairs], wanted, [m for _, m in pairs], allow_unused=True, materialize_grads=True
            )
        )
        game.move({player: [v.detach() + self.weight * next(found) for v in own[player]] for player in own})


@hookimpl
def rivalry_components():
    return [Consensus]
