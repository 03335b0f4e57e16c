"""Sliced Wasserstein: transport between one-dimensional shadows of two sets, in random directions."""

from math import inf, sqrt
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.blocks.quantiles import transport_costs
from rivalry_zoo.features.pixels import PIXELS


def directions_on_sphere(count: int, d: int, seed: int) -> Tensor:
    """Directions [count, d] uniform on the unit sphere, in float64; equal for equal seeds on every device."""
    draws = torch.randn(count, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return draws / draws.norm(dim=1, keepdim=True)


def sliced_wasserstein(
    real: Tensor, fake: Tensor, order: Literal[1, 2] = 1, directions: int = 512, seed: int = 0
) -> Score:
    """(mean over directions u of W_p^p(u'x, u'y))^(1/p) of real [N, d] and fake [M, d], p the order, W_p exact.

    The error is the standard error of the mean over directions alone (None for one direction), carried through the root
    for order 2; it says nothing of the samples' own chance. Sets that differ by a shift v are
    |v| Gamma(d/2) / (sqrt(pi) Gamma((d+1)/2)) apart for order 1 and |v| / sqrt(d) for order 2.
    """
    real, fake = exact_pair(real, fake)
    lines = directions_on_sphere(directions, real.shape[1], seed).to(real.device)
    costs = torch.cat(
        [
            transport_costs(lines[span] @ real.T, lines[span] @ fake.T, order)
            for span in spans(directions, len(real) + len(fake))
        ]
    )
    mean = float(costs.mean())
    value = mean if order == 1 else sqrt(mean)
    if directions == 1:
        return Score(value)
    error = float(costs.std()) / sqrt(directions)
    return Score(value, error if order == 1 or value == 0 else error / (2 * value))


@frozen
class SlicedWasserstein(Metric):
    """`sliced_wasserstein` through any features; lower is better, at least 0, in the features' own units.

    512 directions are those of the progressive GANs' variant, which compares patches of a pyramid: `swd_pyramid`.
    """

    name: ClassVar[str] = "sliced_wasserstein"
    paper: ClassVar[str] = "Bonneel et al. 2015, doi:10.1007/s10851-014-0506-3"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    order: Literal[1, 2] = 1
    directions: Annotated[int, Gt(0)] = 512
    seed: int = 0

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return sliced_wasserstein(real, fake, self.order, self.directions, self.seed)


@hookimpl
def rivalry_components():
    return [SlicedWasserstein]
