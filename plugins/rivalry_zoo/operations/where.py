"""One of two tensors, row by row or value by value."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Where(Operation):
    """where(mask, a, b): a [N, ...] where the mask is not 0 and b elsewhere; a mask [N] chooses whole rows.

    b has a's shape or is a number. Gradients reach what is chosen alone. Raises ValueError for shapes that do not fit,
    which would otherwise broadcast silently.
    """

    name: ClassVar[str] = "where"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, mask: Tensor, a: Tensor, b: Tensor | float) -> Tensor:
        other = a.shape if not isinstance(b, torch.Tensor) or b.ndim == 0 else b.shape
        if a.shape != other or mask.shape != a.shape[: mask.ndim]:
            raise ValueError(
                f"where wants a mask [N] or [N, ...] and two tensors of one shape [N, ...], "
                f"got {list(mask.shape)}, {list(a.shape)} and {list(other)}"
            )
        return torch.where(mask[(..., *[None] * (a.ndim - mask.ndim))] != 0, a, b)


@hookimpl
def rivalry_components():
    return [Where]
