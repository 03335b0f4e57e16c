"""Square roots."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Sqrt(Operation):
    """sqrt(x): the root of x >= 0 elementwise, x [N, ...]; nan below 0. Its gradient at 0 is infinite: add a little."""

    name: ClassVar[str] = "sqrt"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return x.sqrt()


@hookimpl
def rivalry_components():
    return [Sqrt]
