"""Which points lie in the balls around others that reach their centres' k-th nearest neighbours."""

from collections.abc import Iterator

import torch
from attrs import frozen
from torch import Tensor

from rivalry_zoo.blocks.clouds import TILE, Cloud, apart, closeness, clouds, near, tie
from rivalry_zoo.blocks.nearest import lowered, radii_within

Radii = tuple[Tensor | None, Tensor | None]
"""Squared radii [N] around the points of one cloud and [M] around those of another, or None."""


@frozen(eq=False)
class Balls:
    """What lies in N balls, of M points: `inside` [N] counts the points strictly inside each ball, `containing` [M] the
    balls that each point lies in, their boundary included.
    """

    inside: Tensor
    containing: Tensor


def empty(balls: Cloud, points: Cloud) -> Balls:
    return Balls(torch.zeros_like(balls.margins, dtype=torch.long), torch.zeros_like(points.margins, dtype=torch.long))


def compare(a: Cloud, b: Cloud, i: Tensor, j: Tensor, lower: Tensor, radii: Tensor) -> Tensor:
    """The sign of distance - radius [P] for points i of a and j of b, at least `lower` apart (squared), and a squared
    radius each; 0 where they are equal but for rounding in float64.
    """
    upper = lower + 2 * (a.margins[i] + b.margins[j])
    signs = (lower > radii).long() - (upper < radii).long()
    doubt = ((signs == 0) & (lower < upper)).nonzero()[:, 0]
    i, j, radii = i[doubt], j[doubt], radii[doubt]
    gaps = apart(a, b, i, j) - radii
    equal = gaps.abs() <= tie(radii, a.norms[i] + b.norms[j], a.points.shape[1])
    signs[doubt] = gaps.sign().long().masked_fill(equal, 0)
    return signs


def contacts(a: Cloud, b: Cloud, radii: Radii, tile: int) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
    """A tile at a time, the points of one cloud in or on the balls around points of the other: 0 or 1 for balls around
    points of a or of b, the centres, the points, and the signs of distance - radius (some may be positive).
    """
    limits = [None if of is None else lowered(-0.5 * of, a.rows.dtype) for of in radii]
    for rows, columns, values in closeness(a, b, tile):
        for of, (own, other) in enumerate([(rows, columns), (columns, rows)]):
            if radii[of] is not None:
                centres, points, close = near(values, limits[of][own], of)
                centres, points = centres + own.start, points + other.start
                pairs = (points, centres) if of else (centres, points)
                yield of, centres, points, compare(a, b, *pairs, -2 * close.double(), radii[of][centres])


def balls(
    real: Tensor, fake: Tensor, real_neighbours: int | None, fake_neighbours: int | None, tile: int = TILE
) -> list[Balls | None]:
    """What lies in the balls around real [N, d], of the fake ones [M, d], and in those around fake, of the real ones.

    A ball reaches its centre's k-th nearest other of its own set, k being `real_neighbours` or `fake_neighbours` (None:
    these balls are not asked for). Right for the distances as float64 has them: what float32 leaves in doubt is
    computed again. Memory is bounded by a tile. ValueError unless a set with balls has more than k points.
    """
    a, b = clouds(real, fake)
    asked = ((a, b, real_neighbours), (b, a, fake_neighbours))
    radii = tuple(None if k is None else radii_within(own, k, tile) for own, _, k in asked)
    found = [None if k is None else empty(own, other) for own, other, k in asked]
    for of, centres, points, signs in contacts(a, b, radii, tile):
        found[of].inside.add_(centres[signs < 0].bincount(minlength=len(found[of].inside)))
        found[of].containing.add_(points[signs <= 0].bincount(minlength=len(found[of].containing)))
    return found
