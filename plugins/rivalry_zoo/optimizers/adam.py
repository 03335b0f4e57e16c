"""Adam: steps in units of the gradient's own running size."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.optim.adam import adam

from rivalry.hooks import hookimpl
from rivalry.interfaces import Optimizer, State
from rivalry.marks import Ge, Gt, Interval, Number
from rivalry_zoo.blocks.skipping import FUSED_DEVICES, undone_where

Decay = Annotated[float, Interval(ge=0, lt=1)]


@frozen
class Adam(Optimizer):
    """m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;  w <- w - lr m' / (sqrt(v') + eps).

    There m' = m / (1 - b1^t) and v' = v / (1 - b2^t) at step t. `weight_decay` adds weight_decay * w to the gradient.
    `fused`: None takes torch's fused kernel wherever there is one, False the for-loop, which is bit for bit what
    torch.optim.Adam does by default on a CPU. The state holds `exp_avg` (m), `exp_avg_sq` (v) and `step` (t), one
    tensor per parameter each. Defaults: lr and b1 of DCGAN (arXiv:1511.06434).
    """

    name: ClassVar[str] = "adam"
    paper: ClassVar[str] = "Kingma & Ba 2014, arXiv:1412.6980"
    is_default: ClassVar[bool] = True
    memories: ClassVar[tuple[str, ...]] = ("betas",)

    lr: Annotated[Number, Ge(0)] = 2e-4
    betas: tuple[Decay, Decay] = (0.5, 0.999)
    eps: Annotated[float, Gt(0)] = 1e-8
    weight_decay: Annotated[float, Ge(0)] = 0.0
    fused: bool | None = None

    def start(self, parameters: Sequence[Tensor]) -> State:
        return {
            "exp_avg": [torch.zeros_like(parameter) for parameter in parameters],
            "exp_avg_sq": [torch.zeros_like(parameter) for parameter in parameters],
            "step": [torch.zeros((), device=parameter.device) for parameter in parameters],
        }

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
        means, squares, steps = state["exp_avg"], state["exp_avg_sq"], state["step"]
        device = parameters[0].device.type
        fused = device in FUSED_DEVICES if self.fused is None else self.fused
        with torch.no_grad(), undone_where(None if fused else skip, parameters, means, squares, steps):
            adam(
                parameters,
                gradients,
                means,
                squares,
                [],
                steps,
                fused=fused,
                foreach=False,
                # The counters lie on the device; without this the for-loop would fetch each of them.
                capturable=device in ("cuda", "xpu"),
                found_inf=skip if fused else None,
                amsgrad=False,
                beta1=self.betas[0],
                beta2=self.betas[1],
                lr=lr,
                weight_decay=self.weight_decay,
                eps=self.eps,
                maximize=False,
            )


ADAM = Adam()
"""The default of optimisers around others; its state is theirs, so that all may share it."""


@hookimpl
def rivalry_components():
    return [Adam]
