"""SSIM: how far two pictures have the same local means, contrasts and structure."""

from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.structural import similarity
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.mean import mean


def ssim(first: Tensor, second: Tensor, span: float = 2.0) -> Score:
    """The mean of `similarity` over pictures [N, C, H, W], with its standard error (None for one picture)."""
    return mean(similarity(first, second, span))


@frozen
class Ssim(Metric):
    """`ssim` of pictures and what they should be, as in `of: [G(low), x]`, in [-1, 1]: 1 for equal ones.

    `low` and `high` are the ends of the values' range, which scales the constants that keep flat places stable. Each
    channel is compared by itself. ValueError unless high is above low, and for pictures smaller than 11 x 11.
    """

    name: ClassVar[str] = "ssim"
    paper: ClassVar[str] = "Wang, Bovik, Sheikh & Simoncelli 2004, IEEE Transactions on Image Processing 13(4)"
    direction: ClassVar = "higher"
    range: ClassVar = (-1.0, 1.0)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    low: float = -1.0
    high: float = 1.0
    features: Features = field(default=SAMPLES, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"high must be above low, but they are {self.high} and {self.low}: exchange them")

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return ssim(first, second, self.high - self.low)


@hookimpl
def rivalry_components():
    return [Ssim]
