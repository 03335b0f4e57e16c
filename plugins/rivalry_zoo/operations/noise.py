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
    """noise(x, deviation=0.1): x + deviation * e with e standard normal of x's shape [N, ...]."""

    name: ClassVar[str] = "noise"
    paper: ClassVar[str] = "Sonderby et al. 2016, arXiv:1610.04490; Arjovsky & Bottou 2017, arXiv:1701.04862"

    def __call__(self, x: Tensor, deviation: Number = 0.1, *, draw: Stream) -> Tensor:
        return x + deviation * draw.normal(*x.shape).to(x.dtype)


@hookimpl
def rivalry_components():
    return [Noise]
