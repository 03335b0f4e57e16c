"""The distance of two means."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry import Features, Gt, Metric, Score, hookimpl


@frozen
class MeanDistance(Metric):
    """|E_p[f] - E_q[f]|, Euclidean, of real and fake feature vectors [N, d] and [M, d]."""

    name: ClassVar[str] = "mean_distance"
    paper: ClassVar[str] = "none: the first thing to look at"
    direction: ClassVar[str] = "lower"

    features: Features
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return Score(float((real.mean(0) - fake.mean(0)).norm()))


@hookimpl
def rivalry_components():
    return [MeanDistance]
