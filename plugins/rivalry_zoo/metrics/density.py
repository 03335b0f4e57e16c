"""Density: how many real samples' neighbourhoods a fake lies in."""

from math import inf
from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.balls import Balls, balls
from rivalry_zoo.blocks.nearest import enough
from rivalry_zoo.features.pixels import PIXELS


def density_of(balls: Balls, neighbours: int) -> Score:
    """The mean number of balls that a point lies strictly inside of, over k."""
    return Score(int(balls.inside.sum()) / (neighbours * len(balls.containing)))


def density(real: Tensor, fake: Tensor, neighbours: int = 5) -> Score:
    """sum_j |{i : |fake_j - real_i| < r_i}| / (k M) for real [N, d] and fake [M, d], r_i the distance of real_i to its
    k-th nearest other real sample.

    It is 1 on average for equal distributions, at most N / k, and 0 where no fake is near. Unlike precision it counts
    every ball, so that the wide ball of one real outlier adds little. k + 1 equal real samples have a ball without
    inside. No standard error: the balls are shared by all samples, so the counts are not independent.
    """
    return density_of(*balls(real, fake, neighbours, around=(0,)), neighbours)


@frozen
class Density(Metric):
    """Density, `density`, with the paper's k = 5; it may exceed 1.

    The higher the more faithful, but only 1 is what the data score themselves: fakes crowded into dense regions of the
    data exceed it. ValueError unless there are more than k real samples.
    """

    name: ClassVar[str] = "density"
    paper: ClassVar[str] = "Naeem et al. 2020, arXiv:2002.09797"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, inf)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000
    neighbours: Annotated[int, Gt(0)] = 5

    def __attrs_post_init__(self) -> None:
        enough(self.samples, self.neighbours)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return density(real, fake, self.neighbours)


@hookimpl
def rivalry_components():
    return [Density]
