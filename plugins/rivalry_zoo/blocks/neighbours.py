"""The manifold of a set of points as the balls around each that reach its k-th nearest neighbour."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.feature_sets import spans

SLACK = 1e-12
"""Squared distances closer than this part of the points' squared norms count as equal: they are rounding in float64."""


def squared_distances(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distances [n, m] of x [n, d] and y [m, d], and how far rounding may have moved them."""
    norms = x.square().sum(1, keepdim=True) + y.square().sum(1)
    return torch.addmm(norms, x, y.T, alpha=-2.0).clamp_(min=0), norms.mul_(SLACK)


def squared_radii(points: Tensor, neighbours: int) -> Tensor:
    """Squared distance [n] of each point to its k-th nearest other."""
    radii = points.new_empty(len(points))
    for span in spans(len(points), len(points)):
        distances, _ = squared_distances(points[span], points)
        own = torch.arange(span.start, span.stop, device=points.device)
        distances[own - span.start, own] = float("inf")
        radii[span] = distances.kthvalue(neighbours, dim=1).values
    return radii


def covered_fraction(points: Tensor, support: Tensor, neighbours: int = 3) -> float:
    """The part of points [N, d] that lie in a ball around some point of support [M, d] (boundary included).

    A ball reaches the support point's `neighbours`-th nearest other support point. Both sets as from `exact_pair`; the
    memory is bounded by a slice of the distance matrix. ValueError if the support has no more than `neighbours` points.
    """
    if len(support) <= neighbours:
        raise ValueError(
            f"{neighbours} neighbours need at least {neighbours + 1} points, not {len(support)}: "
            "draw more samples or ask for fewer neighbours"
        )
    centre = support.mean(0)
    support, points = support - centre, points - centre
    radii = squared_radii(support, neighbours)
    inside = 0
    for span in spans(len(points), len(support)):
        distances, slack = squared_distances(points[span], support)
        inside += int((distances <= radii + slack).any(1).sum())
    return inside / len(points)
