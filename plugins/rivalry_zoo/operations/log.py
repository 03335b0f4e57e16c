"""Logarithms."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Log(Operation):
    """log(x): the natural logarithm of x > 0 elementwise, x [N, ...]; -inf at 0, nan below."""

    name: ClassVar[str] = "log"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return x.log()


@hookimpl
def rivalry_components():
    return [Log]
