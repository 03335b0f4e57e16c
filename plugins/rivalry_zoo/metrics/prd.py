"""PRD: how much of one distribution another can make up, as a curve of precision over recall."""

from math import pi
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.kmeans import kmeans
from rivalry_zoo.features.pixels import PIXELS


def prd_curve(p: Tensor, q: Tensor, angles: int = 1001) -> tuple[Tensor, Tensor]:
    """Precision and recall [angles] of the histogram q [K] of what is made to p [K] of what is wanted.

    With slopes l, tan of angles even in (0, pi / 2): precision sum_k min(l p_k, q_k), recall sum_k min(p_k, q_k / l).
    The curve of (q, p) is that of (p, q) with the axes exchanged.
    """
    p, q = p.double(), q.double()
    slopes = torch.linspace(1e-10, pi / 2 - 1e-10, angles, dtype=torch.float64, device=p.device).tan()[:, None]
    return torch.minimum(slopes * p, q).sum(1).clamp(max=1), torch.minimum(p, q / slopes).sum(1).clamp(max=1)


def f_beta(precision: Tensor, recall: Tensor, beta: float) -> float:
    """The largest (1 + b^2) precision recall / (b^2 precision + recall) of a curve: recall counts b times as much."""
    score = (1 + beta**2) * precision * recall / (beta**2 * precision + recall).clamp(min=1e-10)
    return float(score.max())


def prd(
    real: Tensor, fake: Tensor, clusters: int = 20, angles: int = 1001, runs: int = 10, seed: int = 0
) -> dict[str, Score]:
    """`f8`, near recall, and `f_1_8`, near precision, of real and fake [N, d], both in [0, 1].

    The histograms are those of the real and of the fake ones over k-means clusters of them all, the curve is the mean
    of those of `runs` clusterings, and the numbers are its largest F_8 and F_1/8. No standard error: the clusters
    follow all samples. ValueError unless both sets have equally many samples, together at least as many as clusters.
    """
    real, fake = exact_pair(real, fake)
    if len(real) != len(fake):
        raise ValueError(
            f"real and fake must hold equally many samples, not {len(real)} and {len(fake)}: "
            f"compare {min(len(real), len(fake))} of each"
        )
    if 2 * len(real) < clusters:
        raise ValueError(
            f"{clusters} clusters need at least {-(-clusters // 2)} samples a side, not {len(real)}: "
            "draw more samples or ask for fewer clusters"
        )
    points = torch.cat([real, fake])
    points = points - points.mean(0)
    points = (points / points.abs().max().clamp(min=1e-300)).float()
    generator, curves = torch.Generator().manual_seed(seed), []
    for _ in range(runs):
        labels = kmeans(points, clusters, generator)[1]
        p, q = (part.bincount(minlength=clusters) / len(real) for part in labels.chunk(2))
        curves.append(torch.stack(prd_curve(p, q, angles)))
    precision, recall = torch.stack(curves).mean(0)
    return {"f8": Score(f_beta(precision, recall, 8)), "f_1_8": Score(f_beta(precision, recall, 1 / 8))}


@frozen
class Prd(Metric):
    """Precision and recall of distributions, `prd`, with the paper's 20 clusters, 1001 angles and 10 runs; in [0, 1].

    `f8` is low where the fakes lack what is in the data, `f_1_8` where they hold what is not. Both say 1 for equal
    histograms, which a few hundred samples of one distribution miss by some hundredths. ValueError where the data set
    has fewer than `samples`, and for fewer samples than clusters need.
    """

    name: ClassVar[str] = "prd"
    paper: ClassVar[str] = "Sajjadi et al. 2018, arXiv:1806.00035"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    parts: ClassVar = ("f8", "f_1_8")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    clusters: Annotated[int, Gt(0)] = 20
    angles: Annotated[int, Gt(1)] = 1001
    runs: Annotated[int, Gt(0)] = 10
    seed: int = 0

    def compute(self, real: Tensor, fake: Tensor) -> dict[str, Score]:
        return prd(real, fake, self.clusters, self.angles, self.runs, self.seed)


@hookimpl
def rivalry_components():
    return [Prd]
