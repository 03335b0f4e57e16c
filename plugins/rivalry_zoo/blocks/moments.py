"""Moments of maps, of one process or of the joint batch of all."""

import torch
from torch import Tensor

from rivalry.distributed import gather_rows, many_processes


def widened(x: Tensor) -> Tensor:
    """In float32 at least: moments of half precision overflow."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def beside(values: Tensor, x: Tensor) -> Tensor:
    """Values [C] or [N, C], one a channel, in the shape that multiplies maps x [N, C, ...]."""
    lead = (1,) * (2 - values.ndim)
    return values.reshape(*lead, *values.shape, *[1] * (x.ndim - 2))


def joint_moments(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How many values a channel of the joint batch has, their mean [C] and their summed squared deviations [C].

    x is this process's share [N, C, ...]. Among several processes every rank's count, mean and deviations are joined
    (Chan et al. 1979) in one collective that gradients pass.
    """
    wide = widened(x)
    variance, mean = torch.var_mean(wide, [0, *range(2, x.ndim)], correction=0)
    count = mean.new_full((1,), x.numel() // x.shape[1])
    if not many_processes():
        return count.sum(), mean, variance * count
    rows = gather_rows(torch.cat([count, mean, variance * count]))
    counts, means, squares = rows.split([1, x.shape[1], x.shape[1]], dim=1)
    total = counts.sum()
    mean = (counts * means).sum(0) / total
    return total, mean, (squares + counts * (means - mean).square()).sum(0)


def restyled(content: Tensor, style: Tensor, eps: float = 1e-5) -> Tensor:
    """Style transfer's AdaIN: each channel of content [N, C, h, w] with the mean and deviation of style [N, C, h', w'].

    sd(style) (content - mean(content)) / sd(content) + mean(style), moments over the places of each sample and
    channel, sd = sqrt(biased variance + eps) on both sides: its own style leaves content as it is. Huang & Belongie
    2017, arXiv:1703.06868, whose code takes the unbiased variance.
    """
    if content.ndim != 4 or style.ndim != 4 or content.shape[:2] != style.shape[:2]:
        found = " and ".join("x".join(map(str, maps.shape)) for maps in (content, style))
        raise ValueError(f"restyled wants maps [N, C, h, w] of equally many samples and channels, got {found}")
    (spread, centre), (target_spread, target) = (
        torch.var_mean(maps, (2, 3), correction=0, keepdim=True) for maps in (content, style)
    )
    return (content - centre) * torch.sqrt((target_spread + eps) / (spread + eps)) + target
