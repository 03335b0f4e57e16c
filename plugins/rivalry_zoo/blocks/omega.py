"""The inverse of x = l + exp(l), to which no elementary function comes down."""

from typing import Any

import torch
from torch import Tensor

STEPS = 8
"""Newton's steps; float64 is exact after 6."""


class _LogOmega(torch.autograd.Function):
    """Newton from the right of the root, where the convex l + exp(l) - x is positive: every step stays there."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        log = torch.where(x > 1, x.clamp(min=1).log(), x)
        for _ in range(STEPS):
            omega = log.exp()
            log = log - (omega + log - x) / (omega + 1)
        ctx.save_for_backward(log)
        return log

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # type: ignore[override]
        (log,) = ctx.saved_tensors
        return gradient * torch.sigmoid(-log)


def log_omega(x: Tensor) -> Tensor:
    """log W(exp(x)) with W Lambert's function: the root l of l + exp(l) = x, of any shape, differentiable any number of
    times. Its derivative is 1 / (1 + exp(l)).
    """
    return _LogOmega.apply(x)  # type: ignore[no-any-return, no-untyped-call]
