"""One nearest neighbour: whether a sample's nearest neighbour tells that it is real or fake."""

from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.blocks.neighbours import squared_distances
from rivalry_zoo.features.pixels import PIXELS


def _agreement(points: Tensor, others: Tensor) -> float:
    """The part of points [N, d] nearer to another of their own than to any of the others [M, d]; a tie counts half."""
    total = 0.0
    everyone = torch.cat([points, others])
    for span in spans(len(points), len(everyone)):
        distances, slack = squared_distances(points[span], everyone)
        itself = torch.arange(span.start, span.stop, device=points.device)
        distances[itself - span.start, itself] = float("inf")
        own, other = distances[:, : len(points)].min(1), distances[:, len(points) :].min(1)
        doubt = slack.gather(1, torch.stack([own.indices, other.indices + len(points)], 1)).amax(1)
        gap = other.values - own.values
        total += float((gap > doubt).sum() + 0.5 * (gap.abs() <= doubt).sum())
    return total / len(points)


def one_nearest_neighbour(real: Tensor, fake: Tensor, of: Literal["both", "real", "fake"] = "both") -> Score:
    """Leave-one-out accuracy of the classifier that calls a sample real if its nearest neighbour is; both [N, d].

    1 for sets far apart, 0 for copies, (N - 1) / (2 N - 1), about 1/2, on average for equal distributions. Ties count
    half. `of` picks whose accuracy: that of the real ones is high where modes are missing, that of the fakes where they
    are poor.
    No standard error: neighbours are shared, so the hits are not independent.
    ValueError unless both sets have equally many samples, at least two: otherwise 1/2 would not mean equality.
    """
    real, fake = exact_pair(real, fake, at_least=2)
    if len(real) != len(fake):
        raise ValueError(
            f"real and fake must hold equally many samples, not {len(real)} and {len(fake)}: "
            f"compare {min(len(real), len(fake))} of each"
        )
    centre = (real.mean(0) + fake.mean(0)) / 2
    real, fake = real - centre, fake - centre
    pairs = {"real": [(real, fake)], "fake": [(fake, real)], "both": [(real, fake), (fake, real)]}[of]
    return Score(sum(_agreement(*pair) for pair in pairs) / len(pairs))


@frozen
class OneNearestNeighbour(Metric):
    """`one_nearest_neighbour`, in [0, 1]: lower is better down to 1/2.

    Below, the fakes repeat the data they are compared with. It needs as many real samples as fakes: ValueError where
    the data set has fewer than `samples`.
    """

    name: ClassVar[str] = "one_nearest_neighbour"
    paper: ClassVar[str] = "Lopez-Paz & Oquab 2016, arXiv:1610.06545; Xu et al. 2018, arXiv:1806.07755"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(1)] = 1000
    of: Literal["both", "real", "fake"] = "both"

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return one_nearest_neighbour(real, fake, self.of)


@hookimpl
def rivalry_components():
    return [OneNearestNeighbour]
