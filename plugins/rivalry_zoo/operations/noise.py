"""Instance noise: blurs two distributions into each other."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws, Number
from rivalry.streams import Stream


@frozen
class Noise(Draws, Operation):
    """noise(x, deviation=0.1): x + deviation * e with e standard normal of x's shape [N, ...].

    In a judge, as in `judge: D(noise(_, sigma))` with a schedule `sigma` that falls to 0, it is instance noise: real
    samples and fakes are blurred alike, in both players' turns, each by a draw of its own. The best critic then knows
    the ratio of p * N(0, sigma^2) and q * N(0, sigma^2), which overlap where p and q do not: for two Gaussians of
    variance s^2 its slope is (mean_p - mean_q) / (s^2 + sigma^2).
    """

    name: ClassVar[str] = "noise"
    paper: ClassVar[str] = "Sonderby et al. 2016, arXiv:1610.04490; Arjovsky & Bottou 2017, arXiv:1701.04862"

    def __call__(self, x: Tensor, deviation: Number = 0.1, *, draw: Stream) -> Tensor:
        return x + deviation * draw.normal(*x.shape).to(x.dtype)


@hookimpl
def rivalry_components():
    return [Noise]
