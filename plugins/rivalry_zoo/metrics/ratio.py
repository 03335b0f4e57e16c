"""How large one quantity of a game is beside another."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.mean import by_sample


def ratio(first: Tensor, second: Tensor) -> Score:
    """The mean of first [N, ...] over the mean of second [N, ...], which is not the mean of ratios.

    The standard error (None for one sample) is that of the first-order expansion, r = a / b:
    sqrt(var(a_i - r b_i) / N) / |b|, with a_i and b_i the means of single samples.
    """
    a, b = by_sample(first), by_sample(second)
    if len(a) != len(b):
        raise ValueError(f"first and second must hold equally many samples, not {len(a)} and {len(b)}")
    below = float(b.mean())
    if below == 0:
        raise ValueError("second must not have the mean 0, by which nothing can be divided")
    value = float(a.mean()) / below
    return Score(value, float((a - value * b).std() / len(a) ** 0.5) / abs(below) if len(a) > 1 else None)


@frozen
class Ratio(Metric):
    """`ratio` of two expressions of the flow, on held-out data: `{use: ratio, of: [u_fake, u_real]}`.

    Lower counts as better where scores are compared; a spec that wants it near a number frames it in `accept`.
    """

    name: ClassVar[str] = "ratio"
    paper: ClassVar[str] = "none: elementary"
    direction: ClassVar = "lower"
    needs: ClassVar = ("pairs",)

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return ratio(first, second)


@hookimpl
def rivalry_components():
    return [Ratio]
