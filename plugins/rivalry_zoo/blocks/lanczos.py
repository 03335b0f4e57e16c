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


def _line(maps: Tensor, axis: int) -> Tensor:
    """The pixels along an axis of maps, by number."""
    dtype = torch.float32 if maps.device.type == "mps" else torch.float64  # mps has no float64
    return torch.arange(maps.shape[axis], device=maps.device, dtype=dtype)


def _slid(maps: Tensor, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Maps moved to the right, and which columns [N, w] are known."""
    line = _line(maps, 3)
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
    rows, columns = _line(maps, 2), _line(maps, 3)
    down, across = (rows - rows.mean())[:, None], columns - columns.mean()
    cosine, sine = (turn.to(rows)[:, None, None] for turn in (angles.cos(), angles.sin()))
    above, heights, inside = _taps(cosine * down + sine * across + rows.mean(), len(rows), maps.dtype)
    beside, widths, within = _taps(cosine * across - sine * down + columns.mean(), len(columns), maps.dtype)
    flat, turned = rearrange(maps, "n c h w -> n c (h w)"), torch.zeros_like(maps)
    for row, weight in zip(above * len(columns), heights):
        for column, share in zip(beside, widths):
            index = rearrange(row + column, "n h w -> n 1 (h w)").expand_as(flat)
            turned += (weight * share)[:, None] * flat.gather(2, index).reshape(maps.shape)
    return turned, inside & within
