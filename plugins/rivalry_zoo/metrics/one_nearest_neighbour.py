"""One nearest neighbour: whether a sample's nearest neighbour tells that it is real or fake."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.clouds import Cloud, clouds, tie
from rivalry_zoo.blocks.nearest import radii_across, radii_within
from rivalry_zoo.features.pixels import PIXELS


def _agreement(cloud: Cloud, others: Tensor) -> float:
    """The part of points nearer to another of their own than to the others, given their squared distances to these; a
    tie counts half.
    """
    own = radii_within(cloud, 1)
    doubt = tie(own, 2 * cloud.norms + own.sqrt(), cloud.points.shape[1])
    gap = others - own
    return float(((gap > doubt) + 0.5 * (gap.abs() <= doubt)).mean())


def one_nearest_neighbour(real: Tensor, fake: Tensor, of: Literal["both", "real", "fake"] = "both") -> Score:
    """Leave-one-out accuracy of the classifier that calls a sample real if its nearest neighbour is; both [N, d].

    1 for sets far apart, 0 for copies, (N - 1) / (2 N - 1), about 1/2, on average for equal distributions. Ties count
    half. `of` picks whose accuracy: that of the real ones is high where modes are missing, that of the fakes where they
    are poor.
    No standard error: neighbours are shared, so the hits are not independent.
    ValueError unless both sets have equally many samples, at least two: otherwise 1/2 would not mean equality.
    """
    a, b = clouds(real, fake, at_least=2)
    if len(real) != len(fake):
        raise ValueError(
            f"real and fake must hold equally many samples, not {len(real)} and {len(fake)}: "
            f"compare {min(len(real), len(fake))} of each"
        )
    across = radii_across(a, b)
    pairs = {"real": [(a, across[0])], "fake": [(b, across[1])]}
    chosen = pairs.get(of, pairs["real"] + pairs["fake"])
    return Score(sum(_agreement(*pair) for pair in chosen) / len(chosen))


@frozen
class OneNearestNeighbour(Metric):
    """`one_nearest_neighbour`, in [0, 1]: lower is better down to 1/2.

    Below, the fakes repeat the data they are compared with. It needs as many real samples as fakes: ValueError where
    the data set has fewer than `samples`.
    """

    name: ClassVar[str] = "one_nearest_neighbour"
    paper: ClassVar[str] = "Lopez-Paz & Oquab 2016, arXiv:1610.06545; Xu et al. 2018, arXiv:1806.07755"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, 1.0)

    features: Features = PIXELS
    samples: Annotated[int, Gt(1)] = 1000
    of: Literal["both", "real", "fake"] = "both"

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return one_nearest_neighbour(real, fake, self.of)


@hookimpl
def rivalry_components():
    return [OneNearestNeighbour]
