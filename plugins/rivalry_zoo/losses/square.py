"""The mean square."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


@frozen
class Square(Loss):
    """mean a^2 over all elements of one tensor; half precision is squared in float32.

    Of scores it is the drift that keeps a Wasserstein critic near zero (arXiv:1710.10196, weight 1e-3); of
    `lengths - a` the path length penalty of StyleGAN2 (arXiv:1912.04958, weight 2).
    """

    name: ClassVar[str] = "square"
    paper: ClassVar[str] = "none: the mean square; as a drift, Karras et al. 2017, arXiv:1710.10196"

    def forward(self, values: Tensor) -> Tensor:
        """The mean square, a scalar."""
        return wide(values).square().mean()


@hookimpl
def rivalry_components():
    return [Square]
