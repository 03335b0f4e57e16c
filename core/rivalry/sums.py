"""What the code of a step says of sums of losses."""

from collections.abc import Sequence

import torch
from torch import Tensor


def added(total: Tensor | None, loss: Tensor) -> Tensor:
    """A sum that may not have begun."""
    return loss if total is None else total + loss


def gradients(total: Tensor, by: Sequence[Tensor]) -> list[Tensor]:
    """The gradient of a total loss by some parameters, as values; its graph stays."""
    found = torch.autograd.grad(total, list(by), retain_graph=True, allow_unused=True, materialize_grads=True)
    return [gradient.detach() for gradient in found]
