"""Parzen: the likelihood of real samples under a kernel density estimate around the fakes."""

from math import log, pi, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.features.pixels import PIXELS

GRID = tuple(10 ** (i / 9 - 1) for i in range(10))
"""The bandwidths that are tried: the paper's, ten from 0.1 to 1."""


def log_densities(points: Tensor, centres: Tensor, bandwidth: float) -> Tensor:
    """Nats [N] of points [N, d] under the mean of the Gaussians N(c, bandwidth^2 I) at centres [M, d], in slices.

    log sum_j exp(-|x - c_j|^2 / 2 s^2) - log M - d log(s sqrt(2 pi)). Both sets as from `exact_pair`.
    """
    middle = centres.mean(0)
    points, centres = points - middle, centres - middle
    norms, found = centres.square().sum(1), points.new_empty(len(points))
    for span in spans(len(points), len(centres)):  # results kept in pieces would keep the slices' memory from reuse
        x = points[span]
        squares = torch.addmm(x.square().sum(1, keepdim=True) + norms, x, centres.T, alpha=-2.0).clamp_(min=0)
        found[span] = torch.logsumexp(squares.div_(-2 * bandwidth**2), 1)
    return found - log(len(centres)) - centres.shape[1] * log(bandwidth * sqrt(2 * pi))


def parzen(real: Tensor, fake: Tensor, bandwidth: float | None = None) -> Score:
    """The mean of `log_densities` of real [N, d] around fake [M, d], in nats, with its error over the real ones.

    Without a bandwidth, the first tenth of the real samples (at least one) picks the likeliest of `GRID` and the others
    are scored; then ValueError for fewer than two real samples. The error holds for the fakes at hand (None for one
    sample).
    """
    real, fake = exact_pair(real, fake)
    if bandwidth is None:
        if len(real) < 2:
            raise ValueError(
                "a bandwidth is chosen on some real samples and scored on others: give two, or a bandwidth"
            )
        chosen, real = real.tensor_split([max(1, len(real) // 10)])
        bandwidth = max(GRID, key=lambda s: float(log_densities(chosen, fake, s).mean()))
    values = log_densities(real, fake, bandwidth)
    return Score(float(values.mean()), float(values.std()) / sqrt(len(values)) if len(values) > 1 else None)


@frozen
class Parzen(Metric):
    """Parzen window log-likelihood, `parzen`, any real number of nats. Warning: do not rank generators by it.

    In more than a few dimensions it says little of quality or of the true likelihood: centres of k-means clusters of
    the training data score above good generators (Theis et al. 2015, arXiv:1511.01844). It is here to repeat old
    tables. The default bandwidth is chosen on real samples from 0.1 to 1, in the features' units.
    """

    name: ClassVar[str] = "parzen"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661"
    direction: ClassVar = "higher"

    features: Features = PIXELS
    samples: Annotated[int, Gt(1)] = 10_000
    bandwidth: Annotated[float, Gt(0)] | None = None

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return parzen(real, fake, self.bandwidth)


@hookimpl
def rivalry_components():
    return [Parzen]
