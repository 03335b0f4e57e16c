"""Any optimiser, every parameter held in a box."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Gt, Number
from rivalry_zoo.blocks.skipping import undone_where
from rivalry_zoo.optimizers.rmsprop import RMSPROP


@frozen
class WeightClip(Optimizer):
    """w <- min(max(w + d, -limit), limit) for every number of every parameter, d the move of `optimizer`.

    It makes a critic Lipschitz, by a constant that depends on its layers; norms' scales and biases are clipped as well,
    as in WGAN's code. Defaults: WGAN's limit 0.01 and its RMSProp with lr 5e-5. Learning rate, memories and state are
    those of the optimiser inside. A skipped step clips nothing. `projected` knows other sets than a box.
    """

    name: ClassVar[str] = "weight_clip"
    paper: ClassVar[str] = "Arjovsky, Chintala & Bottou 2017, arXiv:1701.07875, algorithm 1"
    memories: ClassVar[tuple[str, ...]] = ("optimizer",)

    optimizer: Optimizer = RMSPROP
    limit: Annotated[float, Gt(0)] = 0.01

    @property
    def lr(self) -> Number:
        return self.optimizer.lr

    def start(self, parameters: Sequence[Tensor]) -> State:
        return self.optimizer.start(parameters)

    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        with torch.no_grad(), undone_where(skip, parameters):
            self.optimizer.step(parameters, gradients, state, lr=lr, skip=skip)
            for parameter in parameters:
                parameter.clamp_(-self.limit, self.limit)


@hookimpl
def rivalry_components():
    return [WeightClip]
