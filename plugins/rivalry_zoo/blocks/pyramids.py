"""Laplacian pyramids of pictures, and random patches of them."""

import torch
from einops import rearrange
from torch import Tensor
from torch.nn.functional import conv2d, pad

BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)
"""Burt & Adelson 1983, doi:10.1109/TCOM.1983.1095851."""


def _smooth(pictures: Tensor) -> Tensor:
    """Filtered by the binomial of unit sum along both axes; edges mirrored, the outermost pixel not repeated."""
    line = pictures.new_tensor(BINOMIAL)
    count = pictures.shape[1]
    kernel = (line[:, None] * line / line.sum() ** 2).expand(count, 1, 5, 5)
    return conv2d(pad(pictures, (2, 2, 2, 2), mode="reflect"), kernel, groups=count)


def halved(pictures: Tensor) -> Tensor:
    """Smoothed, and every second row and column kept: [N, C, H, W] -> [N, C, ceil(H / 2), ceil(W / 2)]."""
    return _smooth(pictures)[:, :, ::2, ::2]


def doubled(pictures: Tensor, height: int, width: int) -> Tensor:
    """Zeros set between, smoothed, four times as loud: [N, C, ceil(H / 2), ceil(W / 2)] -> [N, C, H, W]."""
    sparse = pictures.new_zeros(*pictures.shape[:2], height, width)
    sparse[:, :, ::2, ::2] = pictures
    return 4 * _smooth(sparse)


def laplacian_pyramid(pictures: Tensor, levels: int) -> list[Tensor]:
    """What each halving loses, finest first, and at last what is left: `levels` maps, each half as large as the last.

    The pictures are the last level, doubled and added to the one before it, and so on.
    """
    found = []
    for _ in range(levels - 1):
        smaller = halved(pictures)
        found.append(pictures - doubled(smaller, *pictures.shape[2:]))
        pictures = smaller
    return [*found, pictures]


def random_patches(pictures: Tensor, count: int, size: int, draw: torch.Generator) -> Tensor:
    """`count` patches size x size of each picture [N, C, H, W], with all channels: [N count, C, size, size]."""
    n, _, height, width = pictures.shape
    top = torch.randint(height - size + 1, (n, count, 1, 1), generator=draw)
    left = torch.randint(width - size + 1, (n, count, 1, 1), generator=draw)
    rows = top + torch.arange(size)[:, None]
    columns = left + torch.arange(size)
    pixels = rearrange(pictures, "n c h w -> n h w c")
    where = (torch.arange(n)[:, None, None, None], rows, columns)
    return rearrange(pixels[tuple(index.to(pictures.device) for index in where)], "n p h w c -> (n p) c h w")
