"""Layers whose weights all have unit size, so that Adam moves all layers at one pace."""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ROOT2 = sqrt(2.0)
"""The gain that keeps the mean square through a rectifier (He et al. 2015, arXiv:1502.01852)."""
SLOPE = 0.2
TINY = 1e-8


def unit_square(x: Tensor, eps: float = TINY) -> Tensor:
    """Pixel norm: x [N, C, ...] / sqrt(mean of x^2 over its channels + eps), place by place."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + eps)


class EqualisedLinear(nn.Module):
    """Linear layer of weights that start as N(0, 1 / multiplier^2) and act times gain multiplier / sqrt(inputs).

    The weight in force starts as He's N(0, gain^2 / inputs), while an optimiser that moves every parameter at one pace
    moves it in proportion to that size; `multiplier` below 1 slows it and the bias down. `shift` is the bias in force
    at the start. Karras et al. 2017, arXiv:1710.10196, section 4.1; multiplier: arXiv:1812.04948, appendix C.
    """

    def __init__(
        self,
        inside: int,
        outside: int,
        *,
        gain: float = ROOT2,
        multiplier: float = 1.0,
        bias: bool = True,
        shift: float = 0.0,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outside, inside) / multiplier)
        self.bias = nn.Parameter(torch.full((outside,), shift / multiplier)) if bias else None
        self.scale, self.multiplier = gain * multiplier / sqrt(inside), multiplier

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, None if self.bias is None else self.bias * self.multiplier)


class EqualisedConv(nn.Module):
    """Convolution [N, C, h, w] -> [N, C', h, w] of N(0, 1) weights that act times gain / sqrt(C kernel^2)."""

    def __init__(self, inside: int, outside: int, kernel: int = 3, *, gain: float = ROOT2, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outside, inside, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outside)) if bias else None
        self.scale, self.padding = gain / sqrt(inside * kernel**2), kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


def rectified(x: Tensor) -> Tensor:
    """LeakyReLU(0.2)."""
    return F.leaky_relu(x, SLOPE)
