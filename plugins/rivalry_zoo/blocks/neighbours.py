"""Squared distances of all pairs of points, by a matrix product."""

import torch
from torch import Tensor

SLACK = 1e-12
"""Squared distances closer than this part of the points' squared norms count as equal: they are rounding in float64."""


def squared_distances(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances [n, m] of x [n, d] and y [m, d], and how far rounding may have moved them."""
    norms = x.square().sum(1, keepdim=True) + y.square().sum(1)
    return torch.addmm(norms, x, y.T, alpha=-2.0).clamp_(min=0), norms.mul_(SLACK)
