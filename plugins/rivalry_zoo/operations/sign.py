"""On which side of 0."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Sign(Operation):
    """sign(x): 1, 0 or -1 elementwise, x [N, ...]. Its gradient is 0 everywhere."""

    name: ClassVar[str] = "sign"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor) -> Tensor:
        return x.sign()


@hookimpl
def rivalry_components():
    return [Sign]
