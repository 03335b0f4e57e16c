"""Precision, recall, density and coverage from one look at the samples."""

from math import inf
from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import balls
from rivalry_zoo.blocks.nearest import enough
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.coverage import coverage_of
from rivalry_zoo.metrics.density import density_of
from rivalry_zoo.metrics.precision import covered_part


def prdc(real: Tensor, fake: Tensor, neighbours: int = 5) -> dict[str, Score]:
    """`precision`, `recall`, `density` and `coverage` of real [N, d] and fake [M, d] with one number of neighbours.

    Equal to those of the package of this name, but that it counts boundaries outside for precision and recall too.
    ValueError unless both sets have more points than `neighbours`.
    """
    around_real, around_fake = balls(real, fake, neighbours)
    return {
        "precision": covered_part(around_real),
        "recall": covered_part(around_fake),
        "density": density_of(around_real, neighbours),
        "coverage": coverage_of(around_real),
    }


@frozen
class Prdc(Metric):
    """All four numbers of neighbourhoods, `prdc`, in little more time than two; k = 5 for all.

    The paper of precision and recall has k = 3: `precision_recall` has it too. Density is at least 0 and 1 on average
    for equal distributions; the others are in [0, 1]. ValueError unless there are more than k samples a side.
    """

    name: ClassVar[str] = "prdc"
    paper: ClassVar[str] = "Naeem et al. 2020, arXiv:2002.09797"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, inf)
    parts: ClassVar = ("precision", "recall", "density", "coverage")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 5

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> dict[str, Score]:
        return prdc(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Prdc]
