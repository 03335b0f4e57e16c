"""Wasserstein in one dimension: how far each feature's values have to be moved."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.blocks.quantiles import sorted_costs, sorted_rows
from rivalry_zoo.features.pixels import PIXELS


def _sorted_columns(features: Tensor) -> Tensor:
    """Columns as ascending rows, in float32 where the features fit into it: sorting changes no number."""
    values = features.detach().cpu() if features.device.type == "mps" else features.detach()  # mps has no float64
    fits = values.is_floating_point() and values.dtype != torch.float64
    rows = torch.empty(values.shape[::-1], dtype=torch.float32 if fits else torch.float64, device=values.device)
    return sorted_rows(rows.copy_(values.T), own=True)


def wasserstein_1d(real: Tensor, fake: Tensor) -> Score:
    """The mean over dimensions of the exact W1 between the marginals of real [N, d] and fake [M, d], in float64.

    It sees nothing of how dimensions depend on each other: sets with equal marginals are at 0. On average it is above 0
    for samples of one distribution. No standard error: dimensions are not independent.
    """
    exact_pair(real[:1], fake[:1])
    rows, others = _sorted_columns(real), _sorted_columns(fake)
    # What is not finite sorts to an end.
    if not all(part[:, [0, -1]].isfinite().all() for part in (rows, others)):
        exact_pair(real, fake)
    # Small slices stay in the cache.
    costs = [sorted_costs(rows[span], others[span]) for span in spans(len(rows), len(real) + len(fake), 1 << 18)]
    return Score(float(torch.cat(costs).mean()))


@frozen
class Wasserstein1d(Metric):
    """`wasserstein_1d` through any features; lower is better, at least 0, in the features' own units."""

    name: ClassVar[str] = "wasserstein_1d"
    paper: ClassVar[str] = "none: Vallender 1974 (doi:10.1137/1118101) in each dimension"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return wasserstein_1d(real, fake)


@hookimpl
def rivalry_components():
    return [Wasserstein1d]
