"""Pixel normalisation: the channels of each place by themselves."""

from typing import Annotated

from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.equalised import unit_square


class PixelNorm(Norm):
    """y = x / sqrt(mean over channels of x^2 + eps), place by place, for x [N, C, ...].

    No mean is taken away and nothing is learnt; neither samples nor places meet.
    """

    name = "pixel"
    paper = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"

    def __init__(self, channels: Given[int], *, eps: Annotated[float, Gt(0)] = 1e-8) -> None:
        super().__init__()
        self.eps = eps

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return unit_square(x, self.eps)


@hookimpl
def rivalry_components():
    return [PixelNorm]
