"""KID: how far two sets of features are apart in all moments up to the third, without bias."""

from collections.abc import Iterable
from math import sqrt
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.checked_sets import PART, checked_pair, total
from rivalry_zoo.blocks.feature_sets import aligned
from rivalry_zoo.blocks.pair_sums import PairSums, cross_sums, variances, within_sums
from rivalry_zoo.features.pixels import PIXELS

MANY = 2048
"""Of sets of at least so many vectors each, products are taken in float32 unless that would show."""


def _rows(features: Tensor, centre: Tensor, dtype: torch.dtype) -> Tensor:
    """[z / sqrt(d), p] with z = x - c and p = c.z / d, so that x.y / d = c.c / d + z.z' / d + p + p'."""
    d = len(centre)
    out = aligned(len(features), d + 1, dtype, features.device)
    for rows, written in zip(features.split(PART), out.split(PART), strict=True):
        apart = rows.double().sub_(centre).div_(sqrt(d))
        written[:, :d] = apart
        written[:, d] = apart @ (centre / sqrt(d))
    return out


def _product_type(real: Tensor, fake: Tensor, centre: Tensor) -> torch.dtype:
    """float32 for many pairs, whose rounding averages out, of vectors that are no longer from 0 than from each other.

    The second, looked at in some of them, keeps the kernel's size, and so its rounding, within that of its differences.
    """
    spread = max((x[:PART].double() - centre).square().sum(1).mean() for x in (real, fake))
    near = centre.dot(centre) <= 4 * max(len(centre), float(spread))
    return torch.float32 if min(len(real), len(fake)) >= MANY and near else torch.float64


def pair_sums(real: Tensor, fake: Tensor, tile: int, exact: bool = True) -> tuple[PairSums, PairSums, PairSums]:
    """Sums of k(x, y) - t^3, k(x, y) = (x.y / d + 1)^3, within real [m, d], within fake [n, d], and across.

    t is the typical x.y / d + 1: with e what is left, k - t^3 = ((e + 3 t) e + 3 t^2) e is small where e is, and so is
    its rounding. A constant changes nothing else.
    """
    centre = (total(real) / len(real) + total(fake) / len(fake)) / 2
    dtype = torch.float64 if exact else _product_type(real, fake, centre)
    t = float(centre.dot(centre) / len(centre) + 1)

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        left, values = (part[: len(x) * len(y)].view(len(x), len(y)) for part in space)
        torch.add(x[:, -1:], y[:, -1].contiguous(), out=left).addmm_(x[:, :-1], y[:, :-1].T)
        return torch.add(left, 3 * t, out=values).mul_(left).add_(3 * t * t).mul_(left)

    x, y = _rows(real, centre, dtype), _rows(fake, centre, dtype)
    space = x.new_empty(2, -(-tile // 4) * 4 * tile)  # fresh memory for each tile would take its time
    return within_sums(kernel, x, tile), within_sums(kernel, y, tile), cross_sums(kernel, x, y, tile)


def _unbiased(within_real: PairSums, within_fake: PairSums, across: PairSums) -> float:
    m, n = len(across.rows), len(across.columns)
    within = within_real.rows.sum() / (m * (m - 1)) + within_fake.rows.sum() / (n * (n - 1))
    return float(within - 2 * across.rows.sum() / (m * n))


def kid(real: Tensor, fake: Tensor, tile: int = 2048, exact: bool = False) -> Score:
    """The unbiased squared maximum mean discrepancy of real [m, d] and fake [n, d] over all pairs.

    mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j), k(x, y) = (x.y / d + 1)^3,
    in float64 and in tiles of `tile` x `tile` pairs. For equal distributions it is 0 on average, hence often negative.
    Products of at least 2,048 vectors a side are taken in float32 about the common mean and added up in float64, which
    moves the value by some 1e-6 of its error; `exact` takes them in float64 too.

    The standard error (None below 4 samples a side) follows the Hoeffding decomposition, whose parts are uncorrelated:
    variance = 4 V_x / m + 4 V_y / n + 2 G_x / (m (m - 1)) + 2 G_y / (n (n - 1)) + 4 G_xy / (m n), V the variances of
    single samples' effects and G those of pair interactions. Each part is estimated without bias (G by U-centring);
    the V terms together are cut off at 0, so that where the distributions agree the error is somewhat too large.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    sums = pair_sums(real, fake, tile, exact)
    value = _unbiased(*sums)
    if min(len(real), len(fake)) < 4:
        return Score(value)
    first, second = variances(*sums)
    return Score(value, float(torch.sqrt(first.clamp(min=0) + second)))


def random_subsets(m: int, n: int, subsets: int, size: int, seed: int) -> Iterable[tuple[Tensor, Tensor]]:
    """Rows of both sets, `subsets` times `size` of each, without repetition within a subset."""
    draw = torch.Generator().manual_seed(seed)
    for _ in range(subsets):
        yield torch.randperm(m, generator=draw)[:size], torch.randperm(n, generator=draw)[:size]


def kid_subsets(
    real: Tensor,
    fake: Tensor,
    subsets: int = 100,
    size: int = 1000,
    seed: int = 0,
    rows: Iterable[tuple[Tensor, Tensor]] | None = None,
) -> tuple[float, float]:
    """The estimate of the papers: mean and deviation (over their number) of `kid` on random subsets, in float64.

    All pairs tell more in less time; this is for comparison with what others print. `rows` are the subsets, as pairs of
    rows of real and of fake, where they are known; else `subsets` of `size` are drawn. ValueError for subsets larger
    than a set.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    if rows is None:
        if not 2 <= size <= min(len(real), len(fake)) or subsets < 1:
            raise ValueError(
                f"wanted subsets of 2 to {min(len(real), len(fake))} samples, got {subsets} of {size}: "
                "draw more samples or ask for smaller subsets"
            )
        rows = random_subsets(len(real), len(fake), subsets, size, seed)
    values = [_unbiased(*pair_sums(real[chosen], fake[others], 1024)) for chosen, others in rows]
    found = torch.tensor(values, dtype=torch.float64)
    return float(found.mean()), float(found.std(correction=0))


@frozen
class Kid(Metric):
    """Kernel inception distance through any features, on all pairs: `kid`. Lower is better; 0 for equal distributions.

    It is printed as KID only through the Inception network of the papers. `samples` is the number drawn of each set;
    1000 is the paper's subset size. With `subsets` it is the papers' estimate instead, the mean over so many random
    subsets of `size` (`kid_subsets`), whose error is that of the choice of subsets alone, deviation / sqrt(subsets).
    Errors: ValueError for subsets larger than `samples`.
    """

    name: ClassVar[str] = "kid"
    paper: ClassVar[str] = "Binkowski et al. 2018, arXiv:1801.01401"
    direction: ClassVar = "lower"
    is_default: ClassVar[bool] = True
    short: ClassVar = "kid"
    published: ClassVar = "KID"

    features: Features = PIXELS
    samples: Annotated[int, Gt(1)] = 1000
    subsets: Annotated[int, Gt(0)] | None = None
    size: Annotated[int, Gt(1)] = 1000
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if self.subsets is not None and self.size > self.samples:
            raise ValueError(f"subsets of {self.size} need as many samples, got {self.samples}: lower size")

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        if self.subsets is None:
            return kid(real, fake)
        mean, deviation = kid_subsets(real, fake, self.subsets, self.size, self.seed)
        return Score(mean, deviation / sqrt(self.subsets))


@hookimpl
def rivalry_components():
    return [Kid]
