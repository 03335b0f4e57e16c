"""The mean absolute difference."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss


@frozen
class L1(Loss):
    """mean |a - b| over all elements of two tensors of one shape.

    Its minimiser over a constant is the median, which keeps translated images sharper than the mean does.

    Raises ValueError if the shapes differ, which would otherwise broadcast silently.
    """

    name: ClassVar[str] = "l1"
    paper: ClassVar[str] = "none: least absolute deviations are older than any archive (Boscovich 1757)"
    compares: ClassVar[bool] = True

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """The mean absolute difference, a scalar."""
        if first.shape != second.shape:
            raise ValueError(
                "the difference needs two tensors of one shape, "
                f"got {tuple(first.shape)} and {tuple(second.shape)}; resize or select one of them"
            )
        return (first - second).abs().mean()


@hookimpl
def rivalry_components():
    return [L1]
