"""A point on the line through two tensors."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Mix(Operation):
    """mix(a, b, t): a + t (b - a), elementwise; a at t = 0, b at t = 1.

    `t` is a number, or a tensor that broadcasts over a and b [N, ...].
    """

    name: ClassVar[str] = "mix"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, a: Tensor, b: Tensor, t: float | Tensor) -> Tensor:
        return a.lerp(b, t)


@hookimpl
def rivalry_components():
    return [Mix]
