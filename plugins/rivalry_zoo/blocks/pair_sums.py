"""Sums and means over all pairs of two sets, part by part, so that no large kernel matrix is ever held."""

from collections.abc import Callable

import torch
from attrs import frozen
from torch import Tensor

from rivalry_zoo.blocks.distances import by_rows

Kernel = Callable[[Tensor, Tensor], Tensor]


@frozen
class PairSums:
    """What two-sample statistics need of a kernel matrix [m, n]: its sums by row and by column, and of its squares.

    `same` marks the matrix of a set with itself, whose diagonal is left out. All are in float64, whatever the kernel's
    values are.
    """

    rows: Tensor
    columns: Tensor
    squares: Tensor
    same: bool

    def interaction(self) -> Tensor:
        """Unbiased variance of what is left of the kernel after the mean and both arguments' own effects.

        For two sets the two-way analysis of variance; for one the U-centring of Szekely & Rizzo 2014, arXiv:1310.2926.
        """
        m, n, total = len(self.rows), len(self.columns), self.rows.sum()
        if self.same:
            by_row = 2 * self.rows.square().sum() / (n - 2)
            left = (self.squares - by_row + total**2 / ((n - 1) * (n - 2))) / (n * (n - 3))
        else:
            by_row, by_column = self.rows.square().sum() / n, self.columns.square().sum() / m
            left = (self.squares - by_row - by_column + total**2 / (m * n)) / ((m - 1) * (n - 1))
        return left.clamp(min=0)  # a sum of squares: below zero only by rounding


def cross_sums(kernel: Kernel, x: Tensor, y: Tensor, tile: int) -> PairSums:
    """The sums over all pairs (x_i, y_j) of x [m, d] and y [n, d]."""
    rows, columns, squares = (x.new_zeros(size, dtype=torch.float64) for size in (len(x), len(y), ()))
    for a in range(0, len(x), tile):
        for b in range(0, len(y), tile):
            values = kernel(x[a : a + tile], y[b : b + tile])
            rows[a : a + tile] += values.sum(1)
            columns[b : b + tile] += values.sum(0)
            squares += values.square_().sum()
    return PairSums(rows, columns, squares, same=False)


def within_sums(kernel: Kernel, x: Tensor, tile: int) -> PairSums:
    """The sums over all pairs (x_i, x_j), i != j, of x [n, d] for a symmetric kernel: little more than half is made.

    Tiles are flat, a quarter of `tile` high and four times it wide, so that little lies on the diagonal's other side.
    """
    rows, squares = (x.new_zeros(size, dtype=torch.float64) for size in (len(x), ()))
    height, width = -(-tile // 4), 4 * tile
    for a in range(0, len(x), height):
        own = slice(a, a + height)
        for b in range(a, len(x), width):
            end = min(b + width, len(x))
            values = kernel(x[own], x[b:end])
            if a == b:
                values, within = values[:, len(values) :], values[:, : len(values)]
                within.fill_diagonal_(0.0)
                rows[own] += within.sum(1)
                squares += within.square_().sum()
            rows[own] += values.sum(1)
            rows[end - values.shape[1] : end] += values.sum(0)
            squares += 2 * values.square_().sum()
    return PairSums(rows, rows, squares, same=True)


def _effect_variance(own: PairSums, cross: Tensor, own_noise: Tensor, cross_noise: Tensor, others: int) -> Tensor:
    """Unbiased variance of one sample's first-order effect, given each sample's sum `cross` over the other set."""
    n = len(cross)
    effects = own.rows / (n - 2) - cross / others
    return effects.var() - own_noise / (n - 2) - cross_noise / others


def variances(within_real: PairSums, within_fake: PairSums, across: PairSums) -> tuple[Tensor, Tensor]:
    """Unbiased variances of the statistic's first-order part (may come out negative) and of its second-order part."""
    m, n = len(across.rows), len(across.columns)
    g_real, g_fake, g_cross = within_real.interaction(), within_fake.interaction(), across.interaction()
    of_real = _effect_variance(within_real, across.rows, g_real, g_cross, n)
    of_fake = _effect_variance(within_fake, across.columns, g_fake, g_cross, m)
    second = 2 * g_real / (m * (m - 1)) + 2 * g_fake / (n * (n - 1)) + 4 * g_cross / (m * n)
    return 4 * of_real / m + 4 * of_fake / n, second


def mean_across(kernel: Kernel, x: Tensor, y: Tensor) -> Tensor:
    """The mean of k over all pairs (x_i, y_j) of x [m, d] and y [n, d], differentiable, its memory bounded."""
    parts = by_rows(lambda rows, start: kernel(rows, y).sum(), x, len(y))
    return torch.stack(parts).sum() / (len(x) * len(y))


def mean_within(kernel: Kernel, x: Tensor, biased: bool) -> Tensor:
    """The mean of k over all pairs (x_i, x_j) of x [n, d], without i = j unless `biased`; differentiable likewise."""
    n = len(x)
    if biased:
        return mean_across(kernel, x, x)

    def apart(rows: Tensor, start: int) -> Tensor:
        values = kernel(rows, x)
        return values.sum() - values.diagonal(start).sum()

    return torch.stack(by_rows(apart, x, n)).sum() / (n * (n - 1))
