"""k-means: seeded clusters of points."""

import torch
from torch import Tensor

from rivalry_zoo.blocks.feature_sets import spans


def assign(points: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest centre [N] of each point [N, d], the first of equally near ones, and its squared distance [N]."""
    nearest = [
        torch.addmm(centres.square().sum(1), points[part], centres.T, alpha=-2.0).min(1)
        for part in spans(len(points), len(centres))
    ]
    values = torch.cat([part.values for part in nearest]) + points.square().sum(1)
    return torch.cat([part.indices for part in nearest]), values.clamp_(min=0)


def spread(points: Tensor, clusters: int, generator: torch.Generator) -> Tensor:
    """k-means++: `clusters` of the points [N, d], each drawn in proportion to the squared distance to those before."""
    chosen = [int(torch.randint(len(points), (), generator=generator))]
    far = torch.full_like(points[:, 0], torch.inf)
    for _ in range(clusters - 1):
        far = torch.minimum(far, (points - points[chosen[-1]]).square().sum(1))
        cumulated = far.double().cumsum(0).cpu()
        draw = torch.rand((), generator=generator, dtype=torch.float64) * cumulated[-1]
        chosen.append(int(torch.searchsorted(cumulated, draw)))
    return points[chosen]


def kmeans(
    points: Tensor, clusters: int, generator: torch.Generator, starts: int = 10, rounds: int = 100
) -> tuple[Tensor, Tensor]:
    """Centres [clusters, d] and the labels [N] of points [N, d], by Lloyd's algorithm.

    It begins at the best of `starts` drawings of k-means++ from a few thousand points, by their summed squared
    distances, and ends when no label changes, or after `rounds`. A cluster that loses its points keeps its centre. The
    generator is one of the processor, so that results are the same on every device but for rounding.
    """
    order = torch.randperm(len(points), generator=generator)[:4096]
    few = points[order.to(points.device)]
    drawn = [spread(few, clusters, generator) for _ in range(starts)]
    centres = min(drawn, key=lambda some: float(assign(few, some)[1].sum()))
    labels, _ = assign(points, centres)
    for _ in range(rounds):
        members = torch.nn.functional.one_hot(labels, clusters).to(points.dtype)
        counts = members.sum(0)[:, None]
        centres = torch.where(counts > 0, members.T @ points / counts.clamp(min=1), centres)
        before, (labels, _) = labels, assign(points, centres)
        if torch.equal(labels, before):
            break
    return centres, labels
