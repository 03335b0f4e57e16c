"""MS-SSIM: structural similarity at several scales."""

from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Gt, Le
from rivalry_zoo.blocks.structural import multiscale_similarity
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.mean import mean


def ms_ssim(first: Tensor, second: Tensor, span: float = 2.0, levels: int = 5) -> Score:
    """The mean of `multiscale_similarity` over pictures [N, C, H, W], with its error (None for one picture)."""
    return mean(multiscale_similarity(first, second, span, levels))


@frozen
class MsSsim(Metric):
    """`ms_ssim` of pictures and what they should be, as in `of: [G(low), x]`, in [0, 1]: 1 for equal ones.

    It is the published measure only with all five `levels`, for which pictures need sides of 161 pixels; smaller ones
    are compared at fewer scales (64: three, 28: two). `low` and `high` are the ends of the values' range. ValueError
    unless high is above low, and for pictures smaller than 11 x 11.
    """

    name: ClassVar[str] = "ms_ssim"
    paper: ClassVar[str] = "Wang, Simoncelli & Bovik 2003, Asilomar Conference on Signals, Systems and Computers"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    low: float = -1.0
    high: float = 1.0
    levels: Annotated[int, Ge(1), Le(5)] = 5
    features: Features = field(default=SAMPLES, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"high must be above low, but they are {self.high} and {self.low}: exchange them")

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return ms_ssim(first, second, self.high - self.low, self.levels)


@hookimpl
def rivalry_components():
    return [MsSsim]
