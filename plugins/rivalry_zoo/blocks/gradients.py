"""Sizes of input gradients."""

from einops import reduce
from torch import Tensor

from rivalry_zoo.blocks.precision import wide


def squared_norms(gradient: Tensor) -> Tensor:
    """The squared Euclidean norm [N] of each sample's gradient [N, ...], over everything but the batch.

    No square root is taken, so it is smooth at 0; half precision is squared in float32.
    """
    return reduce(wide(gradient).square(), "n ... -> n", "sum")
