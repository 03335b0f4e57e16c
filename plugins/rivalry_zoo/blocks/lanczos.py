"""Maps moved and turned by parts of a pixel."""

import torch
from einops import rearrange
from torch import Tensor

SUPPORT = 3
"""Pixels that the filter reaches to either side."""

PLACES = 1 << 20
"""Most places turned at once, each of which takes some 200 bytes."""


def lanczos(distance: Tensor) -> Tensor:
    """sinc(x) sinc(x / 3) for |x| < 3, else 0: exactly 1 at 0 and 0 at all other whole numbers."""
    weight = torch.sinc(distance) * torch.sinc(distance / SUPPORT)
    whole = (distance == distance.round()) | (distance.abs() >= SUPPORT)
    return torch.where(whole, (distance == 0).to(weight), weight)


def _taps(places: Tensor, size: int, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Of places in a row of `size` pixels: the indices of the 6 pixels in reach, wrapped, and their weights, of a sum
    of 1, both [6, *places]; and whether all that count lie in the row [*places].
    """
    first = places.floor() - SUPPORT + 1
    pixels = torch.stack([first + step for step in range(2 * SUPPORT)])
    weights = lanczos((places - pixels).to(dtype))  # sines in float64 would take most of the time
    inside = ((weights == 0) | ((pixels >= 0) & (pixels < size))).all(0)
    return pixels.long() % size, weights / weights.sum(0), inside


def _line(maps: Tensor, size: int) -> Tensor:
    """The numbers from 0 that places beside maps are counted by."""
    dtype = torch.float32 if maps.device.type == "mps" else torch.float64  # mps has no float64
    return torch.arange(size, device=maps.device, dtype=dtype)


def _rays(down: Tensor, across: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
    """How far down [N, h, w] and across the places of a grid lie after a turn about 0 by angles [N]."""
    cosine, sine = (turn.to(down)[:, None, None] for turn in (angles.cos(), angles.sin()))
    return cosine * down[:, None] - sine * across, cosine * across + sine * down[:, None]


def _slid(maps: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Maps moved to the right, and which columns [N, w] are known."""
    line = _line(maps, maps.shape[3])
    indices, weights, inside = _taps(line - pixels.to(line)[:, None], len(line), maps.dtype)
    parts = [
        weight[:, None, None] * maps.gather(3, index[:, None, None].expand_as(maps))
        for index, weight in zip(indices, weights)
    ]
    return torch.stack(parts).sum(0), inside


def translated(maps: Tensor, down: Tensor, across: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, C, h, w] moved by so many pixels [N] down and to the right; and where the result is known [N, h, w].

    By the Lanczos filter, scaled to add up to 1. Beyond an edge a map goes on at the other: known is what comes from
    inside alone. Whole pixels are copied exactly.
    """
    moved, columns = _slid(maps, across)
    moved, rows = _slid(moved.mT, down)
    return moved.mT, rows[:, :, None] & columns[:, None, :]


def rotated(maps: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
    """Maps [N, C, h, w] turned about their centres by angles [N], from down towards right; and where that is known.

    Filter and edges are those of `translated`. Large maps are turned a few at a time.
    """
    size = max(1, PLACES // maps[0, 0].numel())
    parts = [_turned(*some) for some in zip(maps.split(size), angles.split(size))]
    turned, known = (torch.cat(part) for part in zip(*parts))
    return turned, known


def _turned(maps: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
    rows, columns = (_line(maps, size) for size in maps.shape[2:])
    down, across = _rays(rows - rows.mean(), columns - columns.mean(), -angles)
    above, heights, inside = _taps(down + rows.mean(), len(rows), maps.dtype)
    beside, widths, within = _taps(across + columns.mean(), len(columns), maps.dtype)
    flat, turned = rearrange(maps, "n c h w -> n c (h w)"), torch.zeros_like(maps)
    for row, weight in zip(above * len(columns), heights):
        for column, share in zip(beside, widths):
            index = rearrange(row + column, "n h w -> n 1 (h w)").expand_as(flat)
            turned += (weight * share)[:, None] * flat.gather(2, index).reshape(maps.shape)
    return turned, inside & within


def band_limited(maps: Tensor, angles: Tensor) -> Tensor:
    """Maps [N, C, h, w] without the frequencies that a grid cannot hold into which they are turned by angles [N].

    That is [N, C, h - 6, w - 6], by a kernel of 7 x 7 pixels and a sum of 1: the filter convolved with the filter of
    the turned grid, as a map's frequencies fill a square and those of the turned grid a turned one. 1 % of it lies
    further out. It is added up in steps of half a pixel: in whole ones, what of the turned square is beyond the map's
    own would fold back and count twice. At quarter turns it is the filter twice, not the identity. ValueError for
    smaller maps.
    """
    h, w = (size - 2 * SUPPORT for size in maps.shape[2:])
    if min(h, w) < 1:
        raise ValueError(f"maps to turn must be larger than 6x6 pixels, got {maps.shape[2]}x{maps.shape[3]}")
    halves = (_line(maps, 17) - 8) / 2  # the turned filter's corners are 3 sqrt(2) from its middle
    down, across = _rays(halves, halves, angles)
    spread = lanczos((_line(maps, 2 * SUPPORT + 1) - SUPPORT)[:, None] - halves)
    kernels = spread @ (lanczos(down) * lanczos(across)) @ spread.mT
    kernels = (kernels / kernels.sum((1, 2), keepdim=True)).to(maps.dtype)
    limited = maps.new_zeros(*maps.shape[:2], h, w)
    for row, weights in enumerate(kernels.unbind(1)):
        for column, weight in enumerate(weights.unbind(1)):
            limited += weight[:, None, None, None] * maps[:, :, row : row + h, column : column + w]
    return limited
