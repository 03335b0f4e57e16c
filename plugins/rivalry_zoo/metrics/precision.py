"""Precision: the part of the fakes that look real."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.blocks.neighbours import covered_fraction
from rivalry_zoo.features.pixels import PIXELS


def precision(real: Tensor, fake: Tensor, neighbours: int = 3) -> Score:
    """The part of the fake features within the real ones' k-nearest-neighbour balls; real [N, d], fake [M, d].

    No standard error: the balls are shared by all samples, so the indicators are not independent.
    """
    real, fake = exact_pair(real, fake)
    return Score(covered_fraction(fake, real, neighbours))


@frozen
class Precision(Metric):
    """Improved precision, `precision`, with the paper's k = 3. ValueError unless there are more than k real samples."""

    name: ClassVar[str] = "precision"
    paper: ClassVar[str] = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
    direction: ClassVar = "higher"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 3

    def __attrs_post_init__(self) -> None:
        if self.samples <= self.neighbours:
            raise ValueError(
                f"samples must exceed neighbours, but got {self.samples} and {self.neighbours}: raise samples"
            )

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return precision(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Precision]
