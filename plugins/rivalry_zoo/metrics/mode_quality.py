"""Mode quality: what part of the samples lies at a mode of a known mixture."""

from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.known_modes import high_quality_counts, wanted
from rivalry_zoo.features.pixels import PIXELS


def high_quality_fraction(points: Tensor, modes: Tensor, deviation: float, within: float = 3.0) -> Score:
    """The part of the points [N, d] within `within` deviations of one of the modes [K, d], with its binomial error."""
    n = len(points)
    fraction = float(high_quality_counts(points, modes, deviation, within).sum()) / n
    return Score(fraction, (fraction * (1 - fraction) / n) ** 0.5)


@frozen
class ModeQuality(Metric):
    """The part of the samples within `within` deviations of a mode, `high_quality_fraction`: higher is better, up to 1.

    Real data has 1 - exp(-within^2 / 2) of it in two dimensions, 0.9889. A generator of one mode may have all of it, so
    look at `mode_coverage` too. `modes` [K, d] and `deviation` come from the data set; samples are compared with them
    as they are, in pixels. ValueError if the data set knows no modes.
    """

    name: ClassVar[str] = "mode_quality"
    paper: ClassVar[str] = "Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)

    modes: Given[torch.Tensor] = field(eq=False)
    deviation: Given[float]
    within: Annotated[float, Gt(0)] = 3.0
    samples: Annotated[int, Gt(0)] = 2500
    features: Features = field(default=PIXELS, init=False)

    def __attrs_post_init__(self) -> None:
        wanted(self.name, self.modes, self.deviation)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return high_quality_fraction(fake, self.modes, self.deviation, self.within)


@hookimpl
def rivalry_components():
    return [ModeQuality]
