"""Everybody moves at once, by one backward pass of one sum."""

from typing import ClassVar

import torch
from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order


@frozen
class Merged(Order):
    """One backward pass of L = sum over players i of L_i(w_i, sg[w_others]), sg: no gradient; then all move at once.

    Each parameter stands in its owner's loss alone, so the gradient of the sum is everybody's own: the step of
    `simultaneous`, written as one. For two players it is the one-optimiser trick

        L = L_D(x, sg[x_f]) + l(C(x_f)) - l(C(sg[x_f])),    x_f = G(z),  l the generator's loss of scores

    whose bracket is 0 in value and in its gradient by the critic C, and the generator's own by G: subtracting l at
    stopped fakes stops C's parameters there. Here they are stopped by themselves. A weight on the bracket would be a
    ratio of rates, which under Adam has almost no effect; give the players' optimisers their own `lr`.

    Losses are computed once to be logged and once more for each player, on the same batch and draws; where a network
    changes by being called (spectral norm's vectors) each pass finds it a little further on, and equality ends there.
    `simultaneous` moves alike and is the fast one; this is the form to read and to compare with.

    Paper: none; Su Jianlin 2019, "O-GAN" (arXiv:1903.01931), trains by the bracket.
    """

    name: ClassVar[str] = "merged"
    paper: ClassVar[str] = "none: a way of writing; used by Su 2019, arXiv:1903.01931"

    def play(self, game: Joint) -> None:
        """Sum, differentiate once, move."""
        parameters = game.parameters()
        losses = {player: game.losses(of=player) for player in parameters}
        playing = [player for player, loss in losses.items() if loss.requires_grad]  # the others' losses rest
        total = sum(losses[player] for player in playing)
        wanted = [parameter for player in playing for parameter in parameters[player]]
        rows = torch.autograd.grad(total, wanted, allow_unused=True, materialize_grads=True) if wanted else ()
        found = iter(rows)
        game.move({player: [next(found) for _ in parameters[player]] for player in playing})


@hookimpl
def rivalry_components():
    return [Merged]
