"""KID: how far two sets of features are apart in all moments up to the third, without bias."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.pair_sums import PairSums, cross_sums, variances, within_sums
from rivalry_zoo.features.pixels import PIXELS


def pair_sums(real: Tensor, fake: Tensor, tile: int) -> tuple[PairSums, PairSums, PairSums]:
    """Sums of k(x, y) = (x.y / d + 1)^3 within real [m, d], within fake [n, d], and across."""
    # A constant taken from the kernel changes nothing but the rounding: subtract its typical size.
    shift = (real.mean(0).dot(fake.mean(0)) / real.shape[1] + 1.0) ** 3

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T).div_(x.shape[1]).add_(1.0).pow_(3).sub_(shift)

    return within_sums(kernel, real, tile), within_sums(kernel, fake, tile), cross_sums(kernel, real, fake, tile)


def kid(real: Tensor, fake: Tensor, tile: int = 1024) -> Score:
    """The unbiased squared maximum mean discrepancy of real [m, d] and fake [n, d] over all pairs.

    mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j), k(x, y) = (x.y / d + 1)^3,
    in float64 and in tiles of `tile` x `tile` pairs. For equal distributions it is 0 on average, hence often negative.

    The standard error (None below 4 samples a side) follows the Hoeffding decomposition, whose parts are uncorrelated:
    variance = 4 V_x / m + 4 V_y / n + 2 G_x / (m (m - 1)) + 2 G_y / (n (n - 1)) + 4 G_xy / (m n), V the variances of
    single samples' effects and G those of pair interactions. Each part is estimated without bias (G by U-centring);
    the V terms together are cut off at 0, so that where the distributions agree the error is somewhat too large.
    """
    real, fake = exact_pair(real, fake, at_least=2)
    m, n = len(real), len(fake)
    sums = within_real, within_fake, across = pair_sums(real, fake, tile)
    value = within_real.rows.sum() / (m * (m - 1)) + within_fake.rows.sum() / (n * (n - 1))
    value = float(value - 2 * across.rows.sum() / (m * n))
    if min(m, n) < 4:
        return Score(value)
    first, second = variances(*sums)
    return Score(value, float(torch.sqrt(first.clamp(min=0) + second)))


@frozen
class Kid(Metric):
    """Kernel inception distance through any features: `kid`, computed on all pairs rather than on random subsets.

    `samples` is the number drawn of each set; 1000 is the paper's subset size.
    """

    name: ClassVar[str] = "kid"
    paper: ClassVar[str] = "Binkowski et al. 2018, arXiv:1801.01401"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return kid(real, fake)


@hookimpl
def rivalry_components():
    return [Kid]
