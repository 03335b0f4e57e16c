"""The mean squared difference."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


@frozen
class L2(Loss):
    """mean (a - b)^2 over all elements of two tensors of one shape.

    Its minimiser over a constant is the mean. Half precision is squared in float32.

    Raises ValueError if the shapes differ, which would otherwise broadcast silently.
    """

    name: ClassVar[str] = "l2"
    paper: ClassVar[str] = "none: least squares are older than any archive (Legendre 1805)"
    compares: ClassVar[bool] = True

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The mean squared difference, a scalar."""
        if first.shape != second.shape:
            raise ValueError(
                "the difference needs two tensors of one shape, "
                f"got {tuple(first.shape)} and {tuple(second.shape)}; resize or select one of them"
            )
        return wide(first - second).square().mean()


@hookimpl
def rivalry_components():
    return [L2]
