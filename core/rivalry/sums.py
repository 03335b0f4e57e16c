"""What the code of a step says of sums of losses."""

from collections.abc import Sequence

import torch
from torch import Tensor, distributed

from rivalry.distributed import many_processes, reduce_gradients


def added(total: Tensor | None, loss: Tensor) -> Tensor:
    """A sum that may not have begun."""
    return loss if total is None else total + loss


def joined(parts: Sequence[Tensor]) -> Tensor:
    """A joint sample as one vector a row [N, d], its members side by side; labels, which are conditions, left out."""
    return torch.cat([part.reshape(len(part), -1) for part in parts if part.is_floating_point()], 1)


def gradients(total: Tensor, by: Sequence[Tensor]) -> list[Tensor]:
    """The gradient of a total loss by some parameters, as values, the mean over all processes; its graph stays."""
    found = torch.autograd.grad(total, list(by), retain_graph=True, allow_unused=True, materialize_grads=True)
    size = distributed.get_world_size() if many_processes() else 1
    return reduce_gradients([gradient.detach() for gradient in found], size)
