"""MS-SSIM diversity: how much pictures of one class resemble each other."""

from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Le
from rivalry_zoo.blocks.random_pairs import random_pairs_within
from rivalry_zoo.blocks.structural import multiscale_similarity
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.mean import mean


def ms_ssim_diversity(pictures: Tensor, labels: Tensor, span: float = 2.0, levels: int = 5, seed: int = 0) -> Score:
    """The mean MS-SSIM of random pairs of pictures [N, C, H, W] of one class, by their labels [N], with its error.

    No picture stands in two pairs, so the error (None for one pair) is that of independent draws; a class counts by how
    many pictures it has. `span` is the highest less the lowest value of a pixel. ValueError where no class has two
    pictures, and unless there is one label a picture.
    """
    if labels.shape != pictures.shape[:1]:
        raise ValueError(f"wanted one label a picture, got {list(labels.shape)} for {len(pictures)} pictures")
    first, second = random_pairs_within(labels, seed).to(pictures.device)
    if len(first) == 0:
        raise ValueError(f"no class has two of the {len(pictures)} pictures to compare: draw more samples")
    return mean(multiscale_similarity(pictures[first], pictures[second], span, levels))


@frozen
class MsSsimDiversity(Metric):
    """`ms_ssim_diversity` of the fakes by the classes that they were made for: lower is more diverse, 1 is one picture
    a class; real samples are not used.

    Noise is diverse too: it means something only beside a measure of quality, and beside the value of real samples.
    `low` and `high` are the ends of the values' range. Pictures below 161 x 161 are compared at fewer than the
    published five `levels`. ValueError unless high is above low.
    """

    name: ClassVar[str] = "ms_ssim_diversity"
    paper: ClassVar[str] = "Odena, Olah & Shlens 2016, arXiv:1610.09585"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("labels",)

    samples: Annotated[int, Ge(2)] = 2000
    low: float = -1.0
    high: float = 1.0
    levels: Annotated[int, Ge(1), Le(5)] = 5
    seed: int = 0
    features: Features = field(default=SAMPLES, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"high must be above low, but they are {self.high} and {self.low}: exchange them")

    def compute(self, real: Tensor, fake: Tensor, *, labels: Tensor) -> Score:
        return ms_ssim_diversity(fake, labels, self.high - self.low, self.levels, self.seed)


@hookimpl
def rivalry_components():
    return [MsSsimDiversity]
