"""Mode coverage: how many modes of a known mixture the generator has found."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.feature_sets import exact_pair, spans
from rivalry_zoo.features.pixels import PIXELS


def nearest_mode(points: Tensor, modes: Tensor) -> tuple[Tensor, Tensor]:
    """Each point's distance to its nearest mode, and that mode's number: [N, d], [K, d] -> [N], [N]."""
    points, modes = exact_pair(points, modes.to(points.device))
    nearest = [
        torch.cdist(points[span], modes, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        for span in spans(len(points), len(modes))
    ]
    return torch.cat([part.values for part in nearest]), torch.cat([part.indices for part in nearest])


def high_quality_counts(points: Tensor, modes: Tensor, deviation: float, within: float = 3.0) -> Tensor:
    """How many points [N, d] lie within `within` deviations of each mode [K, d], counted at the nearest: [K]."""
    distances, index = nearest_mode(points, modes)
    return torch.bincount(index[distances <= within * deviation], minlength=len(modes))


def high_quality_fraction(points: Tensor, modes: Tensor, deviation: float, within: float = 3.0) -> Score:
    """The part of the points within `within` deviations of a mode, with its binomial standard error."""
    n = len(points)
    fraction = float(high_quality_counts(points, modes, deviation, within).sum()) / n
    return Score(fraction, (fraction * (1 - fraction) / n) ** 0.5)


def reverse_kl(points: Tensor, modes: Tensor) -> Score:
    """KL(p || uniform) in nats, p the histogram of all points over their nearest modes; about (K - 1) / 2N at best."""
    _, index = nearest_mode(points, modes)
    p = torch.bincount(index, minlength=len(modes)).double() / len(points)
    return Score(float(torch.special.xlogy(p, p * len(modes)).sum()))


@frozen
class ModeCoverage(Metric):
    """The number of modes that at least one sample within `within` deviations has as its nearest.

    `strict` asks for a tenth of a mode's fair share instead: N / (10 K) samples. `modes` [K, d] and `deviation` come
    from the data set; samples are compared with them as they are, in pixels. The paper draws 2500 and allows 3
    deviations. ValueError if the data set knows no modes.
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
        if self.modes is None or self.deviation is None:
            raise ValueError(
                "mode_coverage needs a data set with known modes, such as ring or grid, but this one has none"
            )

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        counts = high_quality_counts(fake, self.modes, self.deviation, self.within)
        needed = max(1.0, len(fake) / (10 * len(self.modes))) if self.strict else 1.0
        return Score(float((counts >= needed).sum()))


@hookimpl
def rivalry_components():
    return [ModeCoverage]
