"""Precision and recall from one look at the samples."""

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


def precision_recall(real: Tensor, fake: Tensor, neighbours: int = 3) -> dict[str, Score]:
    """`precision` and `recall` of real [N, d] and fake [M, d], which share the distances between the sets."""
    around_real, around_fake = balls(real, fake, neighbours)
    return {"precision": covered_part(around_real), "recall": covered_part(around_fake)}


@frozen
class PrecisionRecall(Metric):
    """Improved precision and recall together, in less time than one by one, with the paper's k = 3; in [0, 1].

    ValueError unless there are more than k samples a side.
    """

    name: ClassVar[str] = "precision_recall"
    paper: ClassVar[str] = "Kynkaanniemi et al. 2019, arXiv:1904.06991"
    direction: ClassVar = "higher"
    is_default: ClassVar[bool] = True
    range: ClassVar = (0.0, 1.0)
    parts: ClassVar = ("precision", "recall")

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 3

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> dict[str, Score]:
        return precision_recall(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [PrecisionRecall]
