"""Samples of a mixture whose modes the data set knows."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.feature_sets import exact_pair, spans


def wanted(metric: str, *facts: object) -> None:
    """ValueError in words where the data set does not know a fact of its modes."""
    if any(fact is None for fact in facts):
        raise ValueError(f"{metric} needs a data set with known modes, such as ring or grid, but this one has none")


def nearest_mode(points: Tensor, modes: Tensor) -> tuple[Tensor, Tensor]:
    """Each point's distance to its nearest mode, and that mode's number: [N, d], [K, d] -> [N], [N]."""
    points, modes = exact_pair(points, modes.to(points.device))
    nearest = [
        torch.cdist(points[span], modes, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        for span in spans(len(points), len(modes))
    ]
    return torch.cat([part.values for part in nearest]), torch.cat([part.indices for part in nearest])


def high_quality_counts(points: Tensor, modes: Tensor, deviation: float, within: float = 3.0) -> Tensor:
    """How many points [N, d] lie within `within` deviations of each mode [K, d], counted at the nearest: [K]."""
    distances, index = nearest_mode(points, modes)
    return torch.bincount(index[distances <= within * deviation], minlength=len(modes))
