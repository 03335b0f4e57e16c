"""Memorisation: whether fakes lie closer to the training samples than new real samples do."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt, Lt
from rivalry_zoo.blocks.clouds import clouds
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.nearest import radii_across
from rivalry_zoo.features.pixels import PIXELS


def rank_score(first: Tensor, second: Tensor) -> float:
    """The z-score of the Mann-Whitney statistic: how often numbers [m] of the first exceed those [n] of the second.

    (U - m n / 2) / s, U the number of pairs with the first larger, ties half, and s^2 = m n (m + n + 1 - t) / 12 with
    t = sum (c^3 - c) / ((m + n) (m + n - 1)) over the counts c of equal numbers. About standard normal where both come
    from one distribution; 0 where all are equal.
    """
    m, n = len(first), len(second)
    _, inverse, counts = torch.cat([first, second]).unique(return_inverse=True, return_counts=True)
    counts = counts.double()
    ranks = (counts.cumsum(0) - (counts - 1) / 2)[inverse[:m]]
    u = float(ranks.sum()) - m * (m + 1) / 2
    ties = float((counts**3 - counts).sum()) / ((m + n) * (m + n - 1))
    variance = m * n * (m + n + 1 - ties) / 12
    return (u - m * n / 2) / variance**0.5 if variance > 1e-9 * m * n else 0.0


def memorisation(real: Tensor, fake: Tensor, *, held_out: Tensor, part: float = 0.01) -> dict[str, Score]:
    """How far fakes [M, d] lie from the nearest of the real samples [N, d] they learned from, compared with held-out
    real ones [K, d].

    `ratio`: the median distance of the fakes over that of the held-out ones: 1 if they are as new as these, 0 for
    copies, more than 1 far from the data.
    `copying`: the test statistic C_T of Meehan et al. over the whole space, `rank_score` of the fakes' distances over
    the held-out ones': about standard normal for new fakes, far below 0 for copies, far above for fakes far from the
    data.
    `novel`: the part of fakes no closer than the j-th closest held-out sample, j = `part` K rounded, at least 1. It is
    1 - j / (K + 1) on average for new fakes, and the only one of the three that sees a few copies among many fakes.

    No standard error: all distances are to the same real samples.
    ValueError where at least half of the held-out samples are among the real ones: then `ratio` is undefined.
    """
    try:
        exact_pair(real, held_out)
    except ValueError as fault:
        raise ValueError(str(fault).replace("fake", "held_out")) from None
    known, made, new = clouds(real, fake, held_out)
    fakes, news = (radii_across(points, known)[0].sqrt() for points in (made, new))
    middle = float(news.quantile(0.5))
    if middle == 0:
        raise ValueError("held_out must be new, but half of its samples are among the real ones: hold others out")
    ratio = float(fakes.quantile(0.5)) / middle
    fakes, news = fakes.float(), news.float()  # so that equal distances are equal, however they were summed
    nearest = news.kthvalue(max(1, round(part * len(news)))).values
    return {
        "ratio": Score(ratio),
        "copying": Score(rank_score(fakes, news)),
        "novel": Score(float((fakes >= nearest).double().mean())),
    }


@frozen
class Memorisation(Metric):
    """`memorisation`: `ratio` in [0, inf), `copying` any real number, `novel` in [0, 1]; the higher the less is copied.

    But values far above those of new real samples (1, 0 and nearly 1) say that the fakes are far from the data, not
    that they are good. Only `samples` of the training data are searched for originals: copies of others look new, so
    make it the size of the training data where that is feasible, and compare values of one size only. `copying` grows
    with the root of the number of fakes where there is something to find.
    """

    name: ClassVar[str] = "memorisation"
    paper: ClassVar[str] = "Meehan, Chaudhuri & Dasgupta 2020, arXiv:2004.05675, for `copying`; the others folklore"
    direction: ClassVar = "higher"
    range: ClassVar = (-inf, inf)
    needs: ClassVar = ("held_out",)
    parts: ClassVar = ("ratio", "copying", "novel")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 10_000
    part: Annotated[float, Gt(0), Lt(1)] = 0.01

    def compute(self, real: Tensor, fake: Tensor, *, held_out: Tensor) -> dict[str, Score]:
        return memorisation(real, fake, held_out=held_out, part=self.part)


@hookimpl
def rivalry_components():
    return [Memorisation]
