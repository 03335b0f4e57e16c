"""Exponentials."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.precision import wide


@frozen
class Exp(Operation):
    """exp(x): e^x elementwise, x [N, ...]. Half precision is raised in float32; nothing is clamped."""

    name: ClassVar[str] = "exp"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return wide(x).exp()


@hookimpl
def rivalry_components():
    return [Exp]
