"""A support vector machine: the plane that parts two classes with the widest margin."""

import torch
from torch import Tensor
from torch.nn.functional import pad, relu

from rivalry_zoo.blocks.convex import least


def separating_plane(points: Tensor, positive: Tensor, cost: float = 1.0) -> Tensor:
    """The sides f = w.x + b [N] of points [N, d] in float64, above 0 where `positive` [N] is expected.

    (w, b) minimise (|w|^2 + b^2) / 2 + cost sum_i max(0, 1 - y_i f(x_i))^2, y = 1 where positive and -1 elsewhere: the
    squared hinge, with the offset as the weight of a constant feature, LIBLINEAR's default (Fan et al. 2008).
    """
    rows = pad(points, (0, 1), value=1.0)
    signs = 2.0 * positive.to(rows) - 1

    def objective(weights: Tensor) -> Tensor:
        hinges = relu(1 - signs * (rows @ weights)).square().mean()
        return hinges + weights.square().sum() / (2 * cost * len(rows))

    return rows @ least(objective, torch.zeros_like(rows[0]))
