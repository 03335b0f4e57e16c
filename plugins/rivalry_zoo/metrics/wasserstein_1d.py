"""Wasserstein in one dimension: how far each feature's values have to be moved."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.blocks.quantiles import transport_costs
from rivalry_zoo.features.pixels import PIXELS


def wasserstein_1d(real: Tensor, fake: Tensor) -> Score:
    """The mean over dimensions of the exact W1 between the marginals of real [N, d] and fake [M, d].

    It sees nothing of how dimensions depend on each other: sets with equal marginals are at 0. On average it is above 0
    for samples of one distribution. No standard error: dimensions are not independent.
    """
    real, fake = exact_pair(real, fake)
    columns, others = real.T.contiguous(), fake.T.contiguous()
    costs = [transport_costs(columns[span], others[span]) for span in spans(len(columns), len(real) + len(fake))]
    return Score(float(torch.cat(costs).mean()))


@frozen
class Wasserstein1d(Metric):
    """`wasserstein_1d` through any features, at least 0, in the features' own units."""

    name: ClassVar[str] = "wasserstein_1d"
    paper: ClassVar[str] = "none: Vallender 1974 (doi:10.1137/1118101) in each dimension"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return wasserstein_1d(real, fake)


@hookimpl
def rivalry_components():
    return [Wasserstein1d]
