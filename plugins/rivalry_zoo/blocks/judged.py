"""What penalties make of samples and of their scores."""

from collections.abc import Callable

import torch
from torch import Tensor

from rivalry.interfaces import Scores
from rivalry_zoo.blocks.precision import wide


def mean_cost(cost: Callable[..., Tensor], *scores: Scores) -> Tensor:
    """The mean of an elementwise cost of scores, a scalar; of lists over scales the mean over them.

    Half precision is widened first.
    """
    if isinstance(scores[0], Tensor):
        return cost(*map(wide, scores)).mean()
    return torch.stack([mean_cost(cost, *scale) for scale in zip(*scores, strict=True)]).mean()
