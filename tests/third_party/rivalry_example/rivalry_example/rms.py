"""Normalisation by the root of the mean square."""

from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry import Given, Gt, Norm, hookimpl


class RootMeanSquare(Norm):
    """y = weight * x / sqrt(mean over channels of x^2 + eps), place by place, for x [N, C, ...]."""

    name = "rms"
    paper = "Zhang & Sennrich 2019, arXiv:1910.07467"

    def __init__(self, channels: Given[int], *, eps: Annotated[float, Gt(0)] = 1e-8) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        scaled = x * torch.rsqrt(x.square().mean(1, keepdim=True) + self.eps)
        return scaled * self.weight.reshape(-1, *[1] * (x.ndim - 2))


@hookimpl
def rivalry_components():
    return [RootMeanSquare]
