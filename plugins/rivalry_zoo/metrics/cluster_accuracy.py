"""Cluster accuracy: how far clusters that were found without labels are the labels' classes."""

from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.assignment import assign
from rivalry_zoo.features.pixels import PIXELS


def cluster_accuracy(clusters: Tensor, labels: Tensor) -> Score:
    """The part of samples whose cluster [N] is the one that their label [N] is paired with, under the best pairing.

    Pairs are one to one; where there are more clusters than classes (or fewer), some of the larger kind stay single.
    With the binomial standard error. ValueError unless both are equally many whole numbers from 0, at least one.
    """
    for name, values in (("clusters", clusters), ("labels", labels)):
        if values.ndim != 1 or len(values) == 0 or values.is_floating_point():
            raise ValueError(f"{name} must be whole numbers [N], but have shape {list(values.shape)}, {values.dtype}")
    if len(clusters) != len(labels):
        raise ValueError(f"clusters and labels must be equally many, but are {len(clusters)} and {len(labels)}")
    clusters, labels = clusters.cpu(), labels.cpu()
    rows, columns = int(clusters.max()) + 1, int(labels.max()) + 1
    counts = torch.bincount(clusters * columns + labels, minlength=rows * columns).reshape(rows, columns)
    counts = counts if rows <= columns else counts.T
    pairs = assign((-counts).tolist())
    n = len(labels)
    share = sum(int(counts[row, column]) for row, column in enumerate(pairs)) / n
    return Score(share, (share * (1 - share) / n) ** 0.5)


@frozen
class ClusterAccuracy(Metric):
    """`cluster_accuracy` in [0, 1] of codes and labels, as in `of: [D(x).code, label]`.

    Codes are logits [N, K], of which the likeliest counts, a head of several parts whose first are logits, or whole
    numbers [N]. Chance is a little above one in the number of classes. ValueError for anything else.
    """

    name: ClassVar[str] = "cluster_accuracy"
    paper: ClassVar[str] = "Xie, Girshick & Farhadi 2016, arXiv:1511.06335, section 5.2; Kuhn 1955 for the pairing"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    features: Features = field(default=PIXELS, init=False)

    def compute(self, codes: Tensor | tuple[Tensor, ...], labels: Tensor) -> Score:
        found = codes if isinstance(codes, Tensor) else codes[0]
        if found.is_floating_point():
            if found.ndim != 2 or not torch.isfinite(found).all():
                raise ValueError(f"codes must be finite logits [N, K], but have shape {list(found.shape)} or are not")
            found = found.argmax(1)
        return cluster_accuracy(found, labels)


@hookimpl
def rivalry_components():
    return [ClusterAccuracy]
