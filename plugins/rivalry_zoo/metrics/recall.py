"""Recall: the part of the real samples that the generator could have made."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import balls
from rivalry_zoo.blocks.nearest import enough
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.precision import covered_part


def recall(real: Tensor, fake: Tensor, neighbours: int = 3) -> Score:
    """The part of the real features within the fake ones' k-nearest-neighbour balls; real [N, d], fake [M, d].

    No standard error: the balls are shared by all samples, so the indicators are not independent.
    """
    return covered_part(*balls(real, fake, neighbours, around=(1,)))


@frozen
class Recall(Metric):
    """Improved recall, `recall`, in [0, 1], with the paper's k = 3.

    ValueError unless there are more than k fake samples.
    """

    name: ClassVar[str] = "recall"
    paper: ClassVar[str] = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 3

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return recall(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Recall]
