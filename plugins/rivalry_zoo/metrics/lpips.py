"""LPIPS: how far pictures seem apart from those that they should equal."""

from collections.abc import Callable
from math import inf
from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.unseen import with_distance
from rivalry_zoo.features.alexnet import AlexNet
from rivalry_zoo.metrics.mean import mean


def lpips(first: Tensor, second: Tensor, distance: Callable[[Tensor, Tensor], Tensor]) -> Score:
    """The mean of distance(first, second) [N] over pairs of pictures [N, C, H, W], with its standard error.

    `distance` is that of prepared features, as `alexnet` or `vgg16`. ValueError for no pictures, for differing shapes
    and for distances that are not finite.
    """
    if first.shape != second.shape or len(first) == 0:
        raise ValueError(
            f"wanted equally many pictures of one shape, at least one, got {list(first.shape)} and {list(second.shape)}"
        )
    return mean(distance(first, second))


@frozen
class Lpips(Metric):
    """`lpips` of pictures and what they should be, as in `of: [G(low), x]`, through AlexNet or VGG16; 0 for equal ones.

    Values of the two networks do not compare. `features` must tell distances, as these do: ValueError otherwise. The
    default is an AlexNet of the metric's own, because features keep their weights.
    """

    name: ClassVar[str] = "lpips"
    paper: ClassVar[str] = "Zhang et al. 2018, arXiv:1801.03924"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)
    needs: ClassVar = ("pairs",)

    features: Callable[[], Features] = field(default=AlexNet, converter=with_distance)
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return lpips(first, second, self.features.distance)


@hookimpl
def rivalry_components():
    return [Lpips]
