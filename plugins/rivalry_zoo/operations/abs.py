"""Absolute values."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Abs(Operation):
    """abs(x): |x| elementwise, x [N, ...]. Its gradient is the sign, 0 at 0."""

    name: ClassVar[str] = "abs"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return x.abs()


@hookimpl
def rivalry_components():
    return [Abs]
