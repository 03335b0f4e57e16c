"""Distance: how far tensors lie from those that they should equal."""

from math import inf, sqrt
from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor
from torch.linalg import vector_norm

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.features.pixels import PIXELS


def distance(first: Tensor, second: Tensor) -> Score:
    """mean_i |a_i - b_i|, Euclidean over all components of [N, ...], with its standard error; float64."""
    if first.shape != second.shape:
        raise ValueError(
            f"both tensors must be of one shape, but are {list(first.shape)} and {list(second.shape)}: "
            "a sample is compared with its own partner"
        )
    first, second = exact_pair(PIXELS(first), PIXELS(second))
    gaps = vector_norm(first - second, dim=1)
    return Score(float(gaps.mean()), float(gaps.std()) / sqrt(len(gaps)) if len(gaps) > 1 else None)


@frozen
class Distance(Metric):
    """The mean Euclidean distance of two tensors, sample by sample, as in `of: [E(G(z)), z]`; see `distance`."""

    name: ClassVar[str] = "distance"
    paper: ClassVar[str] = "none: elementary"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    features: Features = field(default=PIXELS, init=False)

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return distance(first, second)


@hookimpl
def rivalry_components():
    return [Distance]
