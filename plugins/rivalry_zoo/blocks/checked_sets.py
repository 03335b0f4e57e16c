"""Two sets of feature vectors, checked as `exact_pair` checks them but left as they are, in their own precision."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.feature_sets import exact_pair

PART = 128
"""Rows that are widened to float64 at a time: few enough to stay in the cache."""


def total(features: Tensor) -> Tensor:
    """The sum [d] of features [N, d], in float64."""
    found = torch.zeros(features.shape[1], dtype=torch.float64, device=features.device)
    for part in features.split(PART):
        found += part.double().sum(0)
    return found


def checked_pair(real: Tensor, fake: Tensor, at_least: int = 1) -> tuple[Tensor, Tensor]:
    """Both sets [N, d] and [M, d], detached, where float64 exists; ValueError where they cannot be compared."""
    exact_pair(real[:at_least], fake[:at_least], at_least)
    real, fake = (x.detach().cpu() if x.device.type == "mps" else x.detach() for x in (real, fake))
    # What is not finite stays so in the sum; so may what is too large for float64, which is fine.
    if not (total(real).isfinite().all() and total(fake).isfinite().all()):
        exact_pair(real, fake, at_least)
    return real, fake
