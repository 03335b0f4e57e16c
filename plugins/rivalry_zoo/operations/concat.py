"""Tensors side by side."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Concat(Operation):
    """concat(a, b, ..., dim=1): tensors that differ only in size `dim`, joined there; 1 is the channels or features."""

    name: ClassVar[str] = "concat"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, *tensors: Tensor, dim: int = 1) -> Tensor:
        return torch.cat(tensors, dim)


@hookimpl
def rivalry_components():
    return [Concat]
