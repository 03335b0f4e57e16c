"""BEGAN's measure of convergence."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.mean import by_sample


def convergence(real: Tensor, fake: Tensor, target: float) -> Score:
    """R + |target R - F| for the means R and F of real [N, ...] and fake [M, ...] energies.

    The means are taken before the absolute value. The standard error (None for one sample) takes the samples of the two
    sides as independent: with s the sign of target R - F, sqrt((1 + s target)^2 var(R_i) / N + var(F_i) / M).
    """
    a, b = by_sample(real), by_sample(fake)
    high, low = float(a.mean()), float(b.mean())
    value = high + abs(target * high - low)
    if min(len(a), len(b)) < 2:
        return Score(value)
    slope = 1 + target if target * high >= low else 1 - target
    return Score(value, float((slope**2 * a.var() / len(a) + b.var() / len(b)).sqrt()))


@frozen
class Convergence(Metric):
    """`convergence` of a balanced game between energies: how good the autoencoder is, and how well balanced the game.

    `of: [u_real, u_fake]` names the two energies; `target` is gamma, the ratio of fake to real that the balance aims at
    (the paper: 0.3 to 0.7).
    """

    name: ClassVar[str] = "convergence"
    paper: ClassVar[str] = "Berthelot, Schumm & Metz 2017, arXiv:1703.10717, section 3.4.1"
    direction: ClassVar = "lower"
    needs: ClassVar = ("pairs",)

    target: Annotated[float, Gt(0)] = 0.5
    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return convergence(real, fake, self.target)


@hookimpl
def rivalry_components():
    return [Convergence]
