"""The least point of a smooth convex function."""

from collections.abc import Callable

import torch
from torch import Tensor


def least(function: Callable[[Tensor], Tensor], start: Tensor, steps: int = 2000, tolerance: float = 1e-9) -> Tensor:
    """Where a smooth convex function of one tensor is least, from `start` (in float64) on: L-BFGS, deterministic.

    It ends where no partial derivative exceeds the tolerance, where steps or gains fall below 1e-15 (functions are of
    the order of 1), or after so many steps.
    """
    point = start.detach().clone().requires_grad_()
    descent = torch.optim.LBFGS(
        [point],
        max_iter=steps,
        tolerance_grad=tolerance,
        tolerance_change=1e-15,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def value() -> Tensor:
        descent.zero_grad()
        cost = function(point)
        cost.backward()
        return cost

    with torch.enable_grad():
        descent.step(value)
    return point.detach()
