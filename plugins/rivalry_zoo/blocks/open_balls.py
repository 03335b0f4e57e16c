"""How many points lie strictly inside the balls that reach their centres' k-th nearest neighbours."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.feature_sets import spans
from rivalry_zoo.blocks.neighbours import squared_distances, squared_radii


def open_ball_counts(points: Tensor, support: Tensor, neighbours: int) -> Tensor:
    """Of points [N, d], the number strictly inside the ball around each point of support [M, d]: [M] integers.

    A ball reaches the support point's `neighbours`-th nearest other support point. Both sets as from `exact_pair`; the
    memory is bounded by a slice of the distance matrix. A distance within rounding of the radius lies on the boundary,
    hence outside. ValueError if the support has no more than `neighbours` points.
    """
    if len(support) <= neighbours:
        raise ValueError(
            f"{neighbours} neighbours need at least {neighbours + 1} points, not {len(support)}: "
            "draw more samples or ask for fewer neighbours"
        )
    centre = support.mean(0)
    support, points = support - centre, points - centre
    radii = squared_radii(support, neighbours)
    counts = torch.zeros(len(support), dtype=torch.long, device=support.device)
    for span in spans(len(points), len(support)):
        distances, slack = squared_distances(points[span], support)
        counts += (distances < radii - slack).sum(0)
    return counts
