"""MMD: how far the mean embeddings of two sets are apart, for kernels of distance."""

from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.kernels import distance_kernel, gaussian_mixture
from rivalry_zoo.blocks.pair_sums import cross_sums, variances, within_sums
from rivalry_zoo.features.pixels import PIXELS

Name = Literal["rbf", "rational_quadratic", "energy"]


def mmd(
    real: Tensor, fake: Tensor, kernel: Name = "rbf", scale: float = 1.0, biased: bool = False, tile: int = 512
) -> Score:
    """The squared maximum mean discrepancy of real [m, d] and fake [n, d], in float64 and in tiles of pairs.

    mean k(x, x') + mean k(y, y') - 2 mean k(x, y), over distinct pairs within a set unless `biased`. With r the
    distance in units of `scale`, k is the mean over w in {1, 2, 4, 8, 16} of exp(-r^2 / 2 w^2), or over a in
    {0.1, 1, 10} of (1 + r^2 / 2 a)^-a (both at most 2 apart), or -r, which gives the energy distance
    2 E|x - y| - E|x - x'| - E|y - y'|.
    The unbiased value is 0 on average for equal distributions, hence often negative, and has KID's standard error (None
    below 4 samples a side); the biased one is never negative and has none.
    """
    real, fake = exact_pair(real, fake, at_least=1 if biased else 2)
    centre = (real.mean(0) + fake.mean(0)) / 2
    real, fake = real - centre, fake - centre
    k = gaussian_mixture(scale) if kernel == "rbf" else distance_kernel(kernel, scale)
    m, n = len(real), len(fake)
    sums = of_real, of_fake, across = (
        within_sums(k, real, tile),
        within_sums(k, fake, tile),
        cross_sums(k, real, fake, tile),
    )
    apart = 2 * across.rows.sum() / (m * n)
    if biased:
        itself = 0.0 if kernel == "energy" else 1.0
        within = (of_real.rows.sum() / m + itself) / m + (of_fake.rows.sum() / n + itself) / n
        return Score(float((within - apart).clamp(min=0)))
    value = float(of_real.rows.sum() / (m * (m - 1)) + of_fake.rows.sum() / (n * (n - 1)) - apart)
    if min(m, n) < 4:
        return Score(value)
    first, second = variances(*sums)
    return Score(value, float(torch.sqrt(first.clamp(min=0) + second)))


@frozen
class Mmd(Metric):
    """Kernel maximum mean discrepancy, squared, through any features: `mmd`. Papers add mixtures up; here k(x, x) = 1.

    `scale` is the length that counts as 1: choose it of the order of the distances between features, and the same for
    all runs that are compared.
    """

    name: ClassVar[str] = "mmd"
    paper: ClassVar[str] = "Gretton et al. 2012, JMLR 13:723-773; kernels of arXiv:1705.08584 and arXiv:1801.01401"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(1)] = 1000
    kernel: Literal["rbf", "rational_quadratic", "energy"] = "rbf"
    scale: Annotated[float, Gt(0)] = 1.0
    biased: bool = False

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return mmd(real, fake, self.kernel, self.scale, self.biased)


@hookimpl
def rivalry_components():
    return [Mmd]
