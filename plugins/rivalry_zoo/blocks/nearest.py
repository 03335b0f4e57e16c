"""The distance to the k-th nearest, exact, from matrix products in float32."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.clouds import TILE, Cloud, apart, closeness, near
from rivalry_zoo.blocks.feature_sets import spans


def enough(samples: int, neighbours: int) -> None:
    """ValueError unless there are more samples than neighbours, of which a sample is none of its own."""
    if samples <= neighbours:
        raise ValueError(f"samples must exceed neighbours, but got {samples} and {neighbours}: raise samples")


def lowered(values: Tensor, dtype: torch.dtype) -> Tensor:
    """Float64 values in dtype, none above its value."""
    rounded = values.to(dtype)
    return torch.nextafter(rounded, torch.full_like(rounded, -torch.inf))


class Candidates:
    """Of each point of a cloud, the others that may be among its k nearest: as many more than k as rounding takes.

    `closeness` [N, more than k] in falling order, `index` which others they are, and `limit` [N]: who is less close is
    not among the k nearest.
    """

    def __init__(self, cloud: Cloud, others: Cloud, k: int):
        self.cloud, self.others, self.k = cloud, others, k
        self.closeness = cloud.rows.new_full((len(cloud), k + max(8, k // 2)), -torch.inf)
        self.index = torch.zeros_like(self.closeness, dtype=torch.long)
        self.limit = torch.full_like(self.closeness[:, 0], -torch.inf)

    def take(self, rows: Tensor, found: Tensor, index: Tensor) -> None:
        """Some others, by their closeness and index [rows, any number]."""
        found, index = torch.cat([self.closeness[rows], found], 1), torch.cat([self.index[rows], index], 1)
        found, kept = found.topk(self.closeness.shape[1])
        index = index.gather(1, kept)
        self.closeness[rows], self.index[rows] = found, index
        # None of these k is farther.
        margins = self.cloud.margins[rows, None] + self.others.margins[index[:, : self.k]]
        self.limit[rows] = lowered((found[:, : self.k].double() - margins).amin(1), found.dtype)

    def look(self, values: Tensor, of: int, own: slice, others: slice) -> None:
        """Look for candidates in a part of the closeness, whose rows (`of` 0) or columns (1) are `own` points."""
        limits = self.limit[own]
        if limits.isinf().any():
            found, index = (values.T if of else values).topk(min(self.closeness.shape[1], others.stop - others.start))
            self.take(torch.arange(own.start, own.stop, device=index.device), found, index + others.start)
            return
        i, j, close = near(values, limits, of)
        if len(i) > 0:
            rows, row, counts = i.unique_consecutive(return_inverse=True, return_counts=True)
            place = torch.arange(len(i), device=i.device) - (counts.cumsum(0) - counts)[row]
            found = close.new_full((len(rows), int(counts.max())), -torch.inf)
            index = torch.zeros_like(found, dtype=torch.long)
            found[row, place], index[row, place] = close, j + others.start
            self.take(rows + own.start, found, index)

    def radii(self) -> Tensor:
        """The squared distance [N] of each point to its k-th nearest, as differences in float64 give it."""
        lower = -2 * self.closeness.double()
        upper = lower + 2 * (self.cloud.margins[:, None] + self.others.margins[self.index])
        # Of those that are surely nearer than the k-th, and those that are surely farther, no more need be known.
        far = upper.kthvalue(self.k).values
        nearer = upper < lower.kthvalue(self.k).values[:, None]
        i, place = ((lower <= far[:, None]) & ~nearer).nonzero(as_tuple=True)
        exact = torch.where(nearer, -torch.inf, torch.inf).double()
        exact[i, place] = apart(self.cloud, self.others, i, self.index[i, place])
        radii = exact.kthvalue(self.k).values
        crowded = ((lower[:, -1] < far) & (radii > 0)).nonzero()[:, 0]
        for part in spans(len(crowded), len(self.others)):
            radii[crowded[part]] = self.whole(crowded[part])
        return radii

    def whole(self, rows: Tensor) -> Tensor:
        """The same of some points about whose k-th nearest too many others are about as far, from all distances."""
        i = rows.repeat_interleave(len(self.others))
        j = torch.arange(len(self.others), device=rows.device).repeat(len(rows))
        distances = apart(self.cloud, self.others, i, j)
        if self.cloud is self.others:
            distances[i == j] = torch.inf
        return distances.view(len(rows), -1).kthvalue(self.k).values


def radii_within(cloud: Cloud, k: int, tile: int = TILE) -> Tensor:
    """The squared distance [N] of each point to its k-th nearest other; ValueError unless there are more than k."""
    if len(cloud) <= k:
        raise ValueError(
            f"{k} neighbours need at least {k + 1} points, not {len(cloud)}: "
            "draw more samples or ask for fewer neighbours"
        )
    found = Candidates(cloud, cloud, k)
    for rows, columns, values in closeness(cloud, cloud, tile, upper=True):
        if rows == columns:
            values.fill_diagonal_(-torch.inf)
        else:
            found.look(values, 1, columns, rows)
        found.look(values, 0, rows, columns)
    return found.radii()


def radii_across(a: Cloud, b: Cloud, tile: int = TILE) -> tuple[Tensor, Tensor]:
    """The squared distance [N] of each point of a to the nearest of b, and [M] of each of b to the nearest of a."""
    of_a, of_b = Candidates(a, b, 1), Candidates(b, a, 1)
    for rows, columns, values in closeness(a, b, tile):
        of_a.look(values, 0, rows, columns)
        of_b.look(values, 1, columns, rows)
    return of_a.radii(), of_b.radii()
