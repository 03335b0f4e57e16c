"""One number that says how far something has grown."""

from math import ceil

import torch
from torch import Tensor
from torch.nn import functional as F


def stage(growth: float, levels: int) -> tuple[int, float]:
    """The level that is present, and how much of it counts: 2 -> (2, 1), 2.25 -> (3, 0.25).

    At a whole number that level stands alone; above it the next one fades in. ValueError beyond [0, levels - 1].
    """
    if not 0 <= growth <= levels - 1:
        raise ValueError(f"wanted a growth between 0 and {levels - 1} for {levels} levels, got {growth}")
    level = ceil(growth)
    return level, 1.0 - (level - growth)


def blend(old: Tensor, new: Tensor, share: float) -> Tensor:
    """old + share (new - old), exactly `old` at 0 and `new` at 1."""
    return torch.lerp(old, new, share)


def doubled(x: Tensor) -> Tensor:
    """Twice as high and wide, every pixel four times."""
    return F.interpolate(x, scale_factor=2, mode="nearest")


def halved(x: Tensor) -> Tensor:
    """Half as high and wide, the mean of every four pixels."""
    return F.avg_pool2d(x, 2)


def widths(levels: int, width: int, most: int) -> list[int]:
    """Channels of every level: `width` at the last one, doubling towards the first, nowhere above `most`."""
    return [min(width * 2 ** (levels - 1 - level), most) for level in range(levels)]
