"""Gradient descent, with or without momentum."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.optim.sgd import sgd

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Ge, Interval, Number
from rivalry_zoo.blocks.skipping import FUSED_DEVICES, undone_where


@frozen
class GradientDescent(Optimizer):
    """b <- momentum b + g;  w <- w - lr b, or w - lr (g + momentum b) with `nesterov`; without momentum w <- w - lr g.

    `weight_decay` adds weight_decay * w to the gradient. `fused`: None takes torch's fused kernel wherever there is
    one, False the for-loop. The state holds `momentum` (b, from zero), one tensor per parameter, and is empty without
    momentum. Raises ValueError for `nesterov` without momentum.
    """

    name: ClassVar[str] = "sgd"
    paper: ClassVar[str] = "Robbins & Monro 1951; momentum as in Sutskever et al. 2013 (neither is on arXiv)"
    memories: ClassVar[tuple[str, ...]] = ("momentum",)

    lr: Annotated[Number, Ge(0)] = 1e-2
    momentum: Annotated[float, Interval(ge=0, lt=1)] = 0.0
    nesterov: bool = False
    weight_decay: Annotated[float, Ge(0)] = 0.0
    fused: bool | None = None

    def __attrs_post_init__(self) -> None:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov wants a momentum above 0, got 0; set momentum (0.9 is common) or drop nesterov")

    def start(self, parameters: Sequence[Tensor]) -> State:
        # From zero, and never undamped: the first step then needs no case of its own, also when it is skipped.
        return {"momentum": [torch.zeros_like(parameter) for parameter in parameters]} if self.momentum else {}

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
        momenta = state.get("momentum", [])
        fused = parameters[0].device.type in FUSED_DEVICES if self.fused is None else self.fused
        with torch.no_grad(), undone_where(None if fused else skip, parameters, momenta):
            sgd(
                parameters,
                gradients,
                [*momenta] or [None] * len(parameters),
                fused=fused,
                foreach=False,
                found_inf=skip if fused else None,
                weight_decay=self.weight_decay,
                momentum=self.momentum,
                lr=lr,
                dampening=0.0,
                nesterov=self.nesterov,
                maximize=False,
            )


@hookimpl
def rivalry_components():
    return [GradientDescent]
