"""Equalised learning rates: weights of unit size, scaled where they are used."""

from math import sqrt
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry.hooks import hookimpl
from rivalry.interfaces import WeightNorm
from rivalry.marks import Gt
from rivalry_zoo.blocks.equalised import ROOT2
from rivalry_zoo.blocks.linear_maps import CONVOLUTIONS, TRANSPOSED, weights_a_output


class Times(nn.Module):
    """A tensor times a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, trained: Tensor) -> Tensor:
        return trained * self.factor

    def right_inverse(self, used: Tensor) -> Tensor:
        """What is trained for the tensor in use to be this."""
        return used / self.factor


@frozen
class Equalised(WeightNorm):
    """w = gain multiplier / sqrt(inputs) times weights that start anew as N(0, 1 / multiplier^2).

    The weights in use start as He's N(0, gain^2 / inputs) whatever their network gave them; an optimiser that moves
    every parameter at one pace moves all layers in proportion to that size. `multiplier` below 1 slows them and the
    biases (which start as they were) down. Inputs are the weights that reach an output: for transposed convolutions
    C kh kw over the product of the strides. Not for embeddings.
    """

    name = "equalised"
    paper = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196; multiplier: arXiv:1812.04948, appendix C"
    layers: ClassVar[tuple[type[nn.Module], ...]] = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)

    gain: Annotated[float, Gt(0)] = ROOT2
    multiplier: Annotated[float, Gt(0)] = 1.0

    def reparametrise(self, layer: nn.Module) -> None:
        deviation = self.gain / sqrt(weights_a_output(layer))
        with torch.no_grad():
            layer.weight.normal_(0, deviation)
        parametrize.register_parametrization(layer, "weight", Times(deviation * self.multiplier))
        if layer.bias is not None and self.multiplier != 1:
            parametrize.register_parametrization(layer, "bias", Times(self.multiplier))


@hookimpl
def rivalry_components():
    return [Equalised]
