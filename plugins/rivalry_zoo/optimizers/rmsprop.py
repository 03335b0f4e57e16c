"""RMSProp: gradients divided by their running root mean square; no memory of their direction."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.optim.rmsprop import rmsprop

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Ge, Gt, Interval, Number
from rivalry_zoo.blocks.skipping import undone_where


@frozen
class RootMeanSquare(Optimizer):
    """v <- alpha v + (1 - alpha) g^2;  w <- w - lr g / (sqrt(v) + eps).

    With `momentum` > 0 the scaled gradient passes through b <- momentum b + g / (sqrt(v) + eps), w <- w - lr b.
    `centered` takes the square of the running mean gradient off v. `weight_decay` adds weight_decay * w to the
    gradient. The state holds `square_avg` (v), `step`, and `grad_avg` and `momentum` where they are used, one tensor
    per parameter each. Always torch's multi-tensor form: there is no fused one. Defaults: lr of WGAN
    (arXiv:1701.07875), alpha and eps of torch.
    """

    name: ClassVar[str] = "rmsprop"
    paper: ClassVar[str] = "Tieleman & Hinton 2012, lecture 6.5 of their course (never a paper)"
    memories: ClassVar[tuple[str, ...]] = ("alpha", "momentum")

    lr: Annotated[Number, Ge(0)] = 5e-5
    alpha: Annotated[float, Interval(ge=0, lt=1)] = 0.99
    eps: Annotated[float, Gt(0)] = 1e-8
    momentum: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    centered: bool = False
    weight_decay: Annotated[float, Ge(0)] = 0.0

    def start(self, parameters: Sequence[Tensor]) -> State:
        used = ["square_avg", *["grad_avg"] * self.centered, *["momentum"] * (self.momentum > 0)]
        state = {name: [torch.zeros_like(parameter) for parameter in parameters] for name in used}
        return {**state, "step": [torch.zeros((), device=parameter.device) for parameter in parameters]}

    def step(
        self,
        parameters: list[Tensor],
        gradients: list[Tensor],
        state: State,
        *,
        lr: float,
        skip: Tensor | None = None,
    ) -> None:
        with torch.no_grad(), undone_where(skip, parameters, *state.values()):
            rmsprop(
                parameters,
                gradients,
                state["square_avg"],
                state.get("grad_avg", []),
                state.get("momentum", []),
                state["step"],
                foreach=True,
                lr=lr,
                alpha=self.alpha,
                eps=self.eps,
                weight_decay=self.weight_decay,
                momentum=self.momentum,
                centered=self.centered,
            )


RMSPROP = RootMeanSquare()
"""The default of optimisers around others; its state is theirs, so that all may share it."""


@hookimpl
def rivalry_components():
    return [RootMeanSquare]
