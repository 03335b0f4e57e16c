"""Any optimiser, expecting that its last change of course goes on."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Number
from rivalry_zoo.blocks.around import around, inside
from rivalry_zoo.blocks.skipping import undone_where
from rivalry_zoo.optimizers.adam import ADAM


@frozen
class Optimistic(Optimizer):
    """w <- w + 2 d_t - d_{t-1}, where d_t is the move that `optimizer` makes of the gradient; d_{-1} = d_0.

    Around `sgd` it is OGDA, what the order `optimistic` plays; around `adam`, the default, optimistic Adam, which
    extrapolates Adam's direction and not the gradient inside its moments. In the paper's listing d_{-1} = 0, so that
    its first step is a double one. Learning rate and memories are those of the optimiser inside. The state adds the
    last move and whether there was one (`move`, `begun`), a tensor per parameter each. What holds parameters in a set
    (`weight_clip`, `projected`) belongs around this one, not inside.
    """

    name: ClassVar[str] = "optimistic"
    paper: ClassVar[str] = "Daskalakis, Ilyas, Syrgkanis & Zeng 2018, arXiv:1711.00141, algorithm 1"
    memories: ClassVar[tuple[str, ...]] = ("optimizer",)

    optimizer: Optimizer = ADAM

    @property
    def lr(self) -> Number:
        return self.optimizer.lr

    def start(self, parameters: Sequence[Tensor]) -> State:
        return around(
            self.optimizer.start(parameters),
            move=[torch.zeros_like(parameter) for parameter in parameters],
            begun=[torch.zeros((), device=parameter.device) for parameter in parameters],
        )

    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        if not parameters:
            return
        moves, begun = state["move"], state["begun"]
        with torch.no_grad(), undone_where(skip, parameters, moves, begun):
            before = [parameter.clone() for parameter in parameters]
            self.optimizer.step(parameters, gradients, inside(state), lr=lr, skip=skip)
            made = torch._foreach_sub(parameters, before)
            changes = torch._foreach_sub(made, moves)
            torch._foreach_mul_(changes, begun)  # the first move has none before it
            torch._foreach_add_(parameters, changes)
            torch._foreach_copy_(moves, made)
            for flag in begun:
                flag.fill_(1)


@hookimpl
def rivalry_components():
    return [Optimistic]
