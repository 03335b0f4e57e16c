"""Squares."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.precision import wide


@frozen
class Square(Operation):
    """square(x): x^2 elementwise, x [N, ...]. Half precision is squared in float32."""

    name: ClassVar[str] = "square"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return wide(x).square()


@hookimpl
def rivalry_components():
    return [Square]
