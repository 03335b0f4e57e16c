"""Mode KL: how unevenly samples fall on the modes of a known mixture."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.known_modes import nearest_mode, wanted
from rivalry_zoo.features.pixels import PIXELS


def reverse_kl(points: Tensor, modes: Tensor) -> Score:
    """KL(p || uniform) in nats, p the histogram of points [N, d] over their nearest of the modes [K, d].

    It is 0 for equal counts and log K for one mode; fair draws have about (K - 1) / 2N. No standard error.
    """
    _, index = nearest_mode(points, modes)
    p = torch.bincount(index, minlength=len(modes)).double() / len(points)
    return Score(float(torch.special.xlogy(p, p * len(modes)).sum()))


@frozen
class ModeKl(Metric):
    """`reverse_kl` of the samples' counts at the modes, each sample counted at its nearest, from equal ones, in nats.

    Lower is better, from 0 to log K; real data has about (K - 1) / 2N. The modes are taken for equally frequent, as in
    `ring` and `grid`. How near samples are is not asked: see `mode_quality`. `modes` [K, d] come from the data set.
    ValueError if it knows none.
    """

    name: ClassVar[str] = "mode_kl"
    paper: ClassVar[str] = "Metz et al. 2016 (unrolled GAN), arXiv:1611.02163"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)

    modes: Given[torch.Tensor] = field(eq=False)
    samples: Annotated[int, Gt(0)] = 2500
    features: Features = field(default=PIXELS, init=False)

    def __attrs_post_init__(self) -> None:
        wanted(self.name, self.modes)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return reverse_kl(fake, self.modes)


@hookimpl
def rivalry_components():
    return [ModeKl]
