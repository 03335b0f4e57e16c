"""Instance normalisation: each channel of each sample by itself."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt


class InstanceNorm(Norm):
    """y = (x - mean) / sqrt(variance + eps) over the places of each channel of each sample, for x [N, C, L...].

    No running moments, so training and evaluation agree, and samples do not meet. With `affine`, a weight and a bias
    per channel follow. It forgets spatially constant maps: a label tiled to maps does not survive it. Defaults as in
    CycleGAN (arXiv:1703.10593). Raises ValueError for x [N, C], which leaves nothing to take moments of.
    """

    name = "instance"
    paper = "Ulyanov, Vedaldi & Lempitsky 2016, arXiv:1607.08022"

    def __init__(self, channels: Given[int], *, eps: Annotated[float, Gt(0)] = 1e-5, affine: bool = False) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if x.ndim < 3:
            shape = "x".join(map(str, x.shape))
            raise ValueError(f"norm instance wants maps of shape [N, C, ...], got {shape}; use norm batch or none")
        return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)


@hookimpl
def rivalry_components():
    return [InstanceNorm]
