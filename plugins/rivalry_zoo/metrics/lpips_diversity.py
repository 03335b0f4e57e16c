"""LPIPS diversity: how far a generator's pictures seem apart from each other."""

from collections.abc import Callable
from math import inf
from typing import Annotated, ClassVar

from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge
from rivalry_zoo.blocks.random_pairs import random_pairs
from rivalry_zoo.blocks.unseen import unseen
from rivalry_zoo.features.alexnet import AlexNet
from rivalry_zoo.metrics.lpips import lpips


def lpips_diversity(pictures: Tensor, distance: Callable[[Tensor, Tensor], Tensor], seed: int = 0) -> Score:
    """The mean `lpips` of random pairs of pictures [N, C, H, W], N // 2 of them, with its standard error.

    No picture stands in two pairs, so the error is that of independent draws. ValueError for fewer than two pictures.
    """
    if len(pictures) < 2:
        raise ValueError(f"wanted at least two pictures to compare, got {len(pictures)}: draw more samples")
    first, second = random_pairs(len(pictures), seed).to(pictures.device)
    return lpips(pictures[first], pictures[second], distance)


@frozen
class LpipsDiversity(Metric):
    """`lpips_diversity` of the fakes through AlexNet or VGG16: 0 where all are one picture; real samples are not used.

    Noise is diverse too: it means something only beside a measure of quality, and beside the value of real samples. All
    fakes are mixed; the papers' mean over pictures made from one input is `{use: lpips, of: [G(x, z), G(x, other)]}`.
    `features` must tell distances: ValueError otherwise. The default is an AlexNet of the metric's own.
    """

    name: ClassVar[str] = "lpips_diversity"
    paper: ClassVar[str] = "Zhu et al. 2017, arXiv:1711.11586"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, inf)

    features: Callable[[], Features] = field(default=AlexNet, converter=unseen)
    samples: Annotated[int, Ge(2)] = 1000
    seed: int = 0

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return lpips_diversity(fake, self.features.by.distance, self.seed)


@hookimpl
def rivalry_components():
    return [LpipsDiversity]
