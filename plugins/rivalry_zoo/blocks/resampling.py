"""Doubling and halving with the filter [1, 3, 3, 1] in place of boxes."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def smoothly_doubled(x: Tensor) -> Tensor:
    """Maps [N, C, h, w] twice as high and wide, filtered by [1, 3, 3, 1] / 4 either way, edges repeated."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)  # whose weights are 1/4 and 3/4


class SmoothHalving(nn.Module):
    """Maps [N, C, h, w] half as high and wide, filtered by [1, 3, 3, 1] / 8 either way, edges repeated.

    The adjoint of smooth doubling up to a factor of 4, but for the edges.
    """

    def __init__(self) -> None:
        super().__init__()
        line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
        self.register_buffer("filter", torch.outer(line, line)[None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels = x.shape[1]
        kernel = self.filter.expand(channels, 1, 4, 4)
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), kernel, stride=2, groups=channels)
