"""Coverage: the part of the real samples that have a fake in their neighbourhood."""

from math import prod
from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import Balls, balls
from rivalry_zoo.blocks.nearest import enough
from rivalry_zoo.features.pixels import PIXELS


def coverage_of(balls: Balls) -> Score:
    """The part of the balls with a point strictly inside."""
    return Score(float((balls.inside > 0).double().mean()))


def coverage(real: Tensor, fake: Tensor, neighbours: int = 5) -> Score:
    """The part of real [N, d] with at least one of fake [M, d] closer than the k-th nearest other real sample.

    No standard error: the balls are shared by all samples, so the indicators are not independent.
    """
    return coverage_of(*balls(real, fake, neighbours, around=(0,)))


def expected_coverage(real: int, fake: int, neighbours: int = 5) -> float:
    """What `coverage` is on average where `real` and `fake` samples come from one distribution without ties.

    1 - prod_{i < k} (N - 1 - i) / (M + N - 1 - i): the chance that not all of a sample's k nearest others are real.
    """
    return 1 - prod((real - 1 - i) / (fake + real - 1 - i) for i in range(neighbours))


@frozen
class Coverage(Metric):
    """Coverage, `coverage`, in [0, 1], with the paper's k = 5. ValueError unless there are more than k real samples.

    Even a perfect generator scores below 1: `expected_coverage`, about 1 - 2^-k for equally many samples.
    """

    name: ClassVar[str] = "coverage"
    paper: ClassVar[str] = "Naeem et al. 2020, arXiv:2002.09797"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 5

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return coverage(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Coverage]
