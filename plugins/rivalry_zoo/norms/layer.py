"""Layer normalisation: all channels and places of each sample together."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt


class LayerNorm(Norm):
    """y = weight * (x - mean) / sqrt(variance + eps) + bias, moments over all of a sample, for x [N, C, ...].

    Biased variance over C, H and W, or over C for vectors [N, C]; a weight and a bias per channel unless `affine` is
    false. Samples do not meet, so gradient penalties keep their meaning; training and evaluation agree. A sample's
    brightness and contrast do not survive it.
    """

    name = "layer"
    paper = "Ba, Kiros & Hinton 2016, arXiv:1607.06450"

    def __init__(self, channels: Given[int], *, eps: Annotated[float, Gt(0)] = 1e-5, affine: bool = True) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return F.group_norm(x, 1, self.weight, self.bias, self.eps)


@hookimpl
def rivalry_components():
    return [LayerNorm]
