"""Mode coverage: how many modes of a known mixture the generator has found."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.known_modes import high_quality_counts, wanted
from rivalry_zoo.features.pixels import PIXELS


@frozen
class ModeCoverage(Metric):
    """The number of modes that at least one sample within `within` deviations has as its nearest.

    `strict` asks for a tenth of a mode's fair share instead: N / (10 K) samples. Noise covers modes too: `mode_quality`
    and `mode_kl` tell it apart. `modes` [K, d] and `deviation` come from the data set; samples are compared with them
    as they are, in pixels. The paper draws 2500 and allows 3 deviations. ValueError if the data set knows no modes.
    """

    name: ClassVar[str] = "mode_coverage"
    paper: ClassVar[str] = "Srivastava et al. 2017 (VEEGAN), arXiv:1705.07761"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, inf)

    modes: Given[torch.Tensor] = field(eq=False)
    deviation: Given[float]
    within: Annotated[float, Gt(0)] = 3.0
    strict: bool = False
    samples: Annotated[int, Gt(0)] = 2500
    features: Features = field(default=PIXELS, init=False)

    def __attrs_post_init__(self) -> None:
        wanted(self.name, self.modes, self.deviation)

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        counts = high_quality_counts(fake, self.modes, self.deviation, self.within)
        needed = max(1.0, len(fake) / (10 * len(self.modes))) if self.strict else 1.0
        return Score(float((counts >= needed).sum()))


@hookimpl
def rivalry_components():
    return [ModeCoverage]
