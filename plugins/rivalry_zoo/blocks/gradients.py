"""Sizes of input gradients."""

from einops import reduce
from torch import Tensor

from rivalry_zoo.blocks.precision import wide

TINY = 1e-12
"""Under a square root, whose derivative at 0 would be infinite."""


def squared_norms(gradient: Tensor) -> Tensor:
    """The squared Euclidean norm [N] of each sample's gradient [N, ...], over everything but the batch.

    No square root is taken, so it is smooth at 0; half precision is squared in float32.
    """
    return reduce(wide(gradient).square(), "n ... -> n", "sum")


def rooted(squares: Tensor) -> Tensor:
    """The norms of squared norms, at least 1e-6; at 0 their derivative is large, but finite."""
    return (squares + TINY).sqrt()
