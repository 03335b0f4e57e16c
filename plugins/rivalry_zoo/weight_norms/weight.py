"""Weight normalisation: the length of each output's weights apart from their direction."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry.hooks import hookimpl
from rivalry.interfaces import WeightNorm
from rivalry_zoo.blocks.linear_maps import CONVOLUTIONS, TRANSPOSED, started


class LengthTimesDirection(nn.Module):
    """g v / |v|, lengths over all but the outputs, which are the dimension `out`.

    Torch's own form takes |v| as a constant where gradients are differentiated again, as gradient penalties do.
    """

    def __init__(self, out: int) -> None:
        super().__init__()
        self.out = out

    def _lengths(self, direction: Tensor) -> Tensor:
        rest = [dimension for dimension in range(direction.ndim) if dimension != self.out]
        return torch.linalg.vector_norm(direction, dim=rest, keepdim=True)

    def forward(self, length: Tensor, direction: Tensor) -> Tensor:
        return direction * (length / self._lengths(direction))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """The length and the direction of a weight."""
        return self._lengths(weight), weight


@frozen
class WeightNormalised(WeightNorm):
    """w = g v / |v| for the weights v of each output of linear layers and convolutions, transposed or not.

    The layer starts as it was, g = |v|; both are trained. The gradient by v is orthogonal to v, so |v| only grows.
    Not for embeddings. The paper's start from a batch's moments is left out. ValueError for weights of zeros.
    """

    name = "weight"
    paper = "Salimans & Kingma 2016, arXiv:1602.07868"
    layers: ClassVar[tuple[type[nn.Module], ...]] = (nn.Linear, *CONVOLUTIONS, *TRANSPOSED)

    def reparametrise(self, layer: nn.Module) -> None:
        started(layer, self.name)
        form = LengthTimesDirection(1 if isinstance(layer, TRANSPOSED) else 0)
        parametrize.register_parametrization(layer, "weight", form)


@hookimpl
def rivalry_components():
    return [WeightNormalised]
