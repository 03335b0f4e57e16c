"""Precision: the part of the fakes that look real."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import Balls, balls
from rivalry_zoo.blocks.nearest import enough
from rivalry_zoo.features.pixels import PIXELS


def covered_part(balls: Balls) -> Score:
    """The part of the points that lie in some ball, or on its boundary."""
    return Score(float((balls.containing > 0).double().mean()))


def precision(real: Tensor, fake: Tensor, neighbours: int = 3) -> Score:
    """The part of the fake features within the real ones' k-nearest-neighbour balls; real [N, d], fake [M, d].

    No standard error: the balls are shared by all samples, so the indicators are not independent.
    """
    return covered_part(*balls(real, fake, neighbours, around=(0,)))


@frozen
class Precision(Metric):
    """Improved precision, `precision`, in [0, 1], with the paper's k = 3.

    ValueError unless there are more than k real samples.
    """

    name: ClassVar[str] = "precision"
    paper: ClassVar[str] = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 3

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return precision(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Precision]
