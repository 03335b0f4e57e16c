"""Which points lie in the balls around others that reach their centres' k-th nearest neighbours."""

from collections.abc import Iterator

import torch
from attrs import frozen
from torch import Tensor

from rivalry_zoo.blocks.clouds import TILE, Cloud, apart, closeness, clouds, near, tie
from rivalry_zoo.blocks.nearest import lowered, radii_within


@frozen(eq=False)
class Balls:
    """What lies in N balls, of M points: `inside` [N] counts the points strictly inside each ball, `containing` [M] the
    balls that each point lies in, their boundary included.
    """

    inside: Tensor
    containing: Tensor


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


def contacts(
    a: Cloud, b: Cloud, radii: dict[int, Tensor], tile: int = TILE
) -> Iterator[tuple[int, Tensor, Tensor, Tensor]]:
    """A tile at a time, the points of one cloud in or on the balls around points of the other: 0 or 1 for balls around
    points of a or of b, the centres, the points, and the signs of distance - radius (some may be positive).

    `radii` are the squared ones around all points of a (0), of b (1), or of both.
    """
    limits = {of: lowered(-0.5 * squares, a.rows.dtype) for of, squares in radii.items()}
    for *places, values in closeness(a, b, tile):
        for of, limit in limits.items():
            own, other = places[of], places[1 - of]
            centres, points, close = near(values, limit[own], of)
            centres, points = centres + own.start, points + other.start
            pairs = (points, centres) if of else (centres, points)
            yield of, centres, points, compare(a, b, *pairs, -2 * close.double(), radii[of][centres])


def balls(
    real: Tensor, fake: Tensor, neighbours: int, around: tuple[int, ...] = (0, 1), tile: int = TILE
) -> list[Balls]:
    """What lies in the balls around real [N, d] (0 in `around`), of the fake ones [M, d], and in those around fake (1),
    of the real ones.

    A ball reaches its centre's k-th nearest other of its own set, k being `neighbours`. Right for the distances as
    float64 has them: what float32 leaves in doubt is computed again. Memory is bounded by a tile. ValueError unless a
    set with balls has more than k points.
    """
    sets = clouds(real, fake)
    radii = {of: radii_within(sets[of], neighbours, tile) for of in around}
    found = {of: Balls(*(torch.zeros_like(sets[side].margins).long() for side in (of, 1 - of))) for of in around}
    for of, centres, points, signs in contacts(*sets, radii, tile):
        found[of].inside.add_(centres[signs < 0].bincount(minlength=len(sets[of])))
        found[of].containing.add_(points[signs <= 0].bincount(minlength=len(sets[1 - of])))
    return list(found.values())
