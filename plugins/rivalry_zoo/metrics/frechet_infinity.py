"""Frechet distance at infinity: what would be left of its bias with endless samples."""

from math import inf
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.checked_sets import checked_pair
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.frechet_distance import frechet_distance

LEAST = 20
"""Samples, of which the smallest subset has a tenth."""


def frechet_infinity(
    real: Tensor, fake: Tensor, points: int = 15, vary: Literal["fake", "both"] = "fake", seed: int = 0
) -> Score:
    """The intercept at 1/n = 0 of a line through Frechet distances of real [N, d] and fake [M, d], over 1/n.

    The distance of n samples is too large by about a constant over n. So it is measured for `points` random subsets of
    n = M / 10 to M fakes, in even steps, and a line is fitted by least squares. With `vary` both, subsets of the real
    samples shrink alike, so that their share of the bias goes too; the paper keeps all. The intercept scatters by some
    thirds of the bias that it takes away, and may come out below 0. No standard error: the subsets overlap. ValueError
    for fewer than 20 samples of a set that varies, or fewer than two points.
    """
    real, fake = checked_pair(real, fake, at_least=2)
    least = len(fake) if vary == "fake" else min(len(real), len(fake))
    if points < 2 or least < LEAST:
        raise ValueError(f"a line needs two points and {LEAST} samples, not {points} and {least}: raise them")
    draw = torch.Generator().manual_seed(seed)

    def some(samples: Tensor, share: float) -> Tensor:
        return samples[torch.randperm(len(samples), generator=draw)[: round(share * len(samples))].to(samples.device)]

    shares = torch.linspace(0.1, 1, points, dtype=torch.float64)
    found = torch.tensor(
        [frechet_distance(some(real, s) if vary == "both" else real, some(fake, s)).value for s in shares.tolist()],
        dtype=torch.float64,
    )
    inverse = 1 / (shares * len(fake)).round()
    off = inverse - inverse.mean()
    slope = (off * found).sum() / off.square().sum()
    return Score(float(found.mean() - slope * inverse.mean()))


@frozen
class FrechetInfinity(Metric):
    """`frechet_infinity` through any features: lower is better, about 0 for equal distributions and `vary` both.

    Unlike `frechet_distance` it compares across numbers of samples. `points` is the paper's number of subsets, and
    `samples` the number drawn of each set: 50,000 in the paper, ten times as many as there are features at least. It
    takes as long as `points` Frechet distances. Errors: ValueError for fewer than 20 samples.
    """

    name: ClassVar[str] = "frechet_infinity"
    paper: ClassVar[str] = "Chong & Forsyth 2019, arXiv:1911.07023"
    direction: ClassVar = "lower"
    range: ClassVar = (-inf, inf)
    short: ClassVar = "fd_infinity"
    published: ClassVar = "FID_infinity"

    features: Features = PIXELS
    samples: Annotated[int, Gt(19)] = 5000
    points: Annotated[int, Gt(1)] = 15
    vary: Literal["fake", "both"] = "fake"
    seed: int = 0

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return frechet_infinity(real, fake, self.points, self.vary, self.seed)


@hookimpl
def rivalry_components():
    return [FrechetInfinity]
