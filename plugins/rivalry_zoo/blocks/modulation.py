"""Convolutions whose weights a style sets, sample by sample."""

from math import sqrt

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry_zoo.blocks.equalised import ROOT2, TINY, EqualisedLinear, rectified
from rivalry_zoo.blocks.resampling import smoothly_doubled


def modulated(x: Tensor, weight: Tensor, factors: Tensor, *, demodulate: bool = True) -> Tensor:
    """Convolution of each sample of x [N, C, h, w] by weights w_oik s_i of its own, with its factors s [N, C].

    `demodulate` divides each sample's filter o by its norm, sqrt(sum_ik (w_oik s_i)^2 + 1e-8), so that inputs of unit
    variance leave with unit variance and a common factor of s changes nothing. Both factors act on the maps before and
    after one convolution with common weights, which is the same function; odd kernels keep the size, by zeros around.
    Karras et al. 2019, arXiv:1912.04958.
    """
    y = F.conv2d(x * factors[:, :, None, None], weight, padding=weight.shape[2] // 2)
    if not demodulate:
        return y
    squares = F.linear(factors.square(), weight.square().sum((2, 3)))
    return y * torch.rsqrt(squares + TINY)[:, :, None, None]


class ModulatedConv(nn.Module):
    """A modulated convolution, `modulated`, whose factors are an affine function of the style [N, d], 1 at first."""

    def __init__(self, inside: int, outside: int, kernel: int, style: int, *, demodulate: bool = True) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style, inside, gain=1.0, shift=1.0)
        self.weight = nn.Parameter(torch.randn(outside, inside, kernel, kernel))
        self.scale, self.demodulate = 1 / sqrt(inside * kernel**2), demodulate

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        return modulated(x, self.weight * self.scale, self.affine(style), demodulate=self.demodulate)


class StyleLayer(nn.Module):
    """Modulated conv3 (after doubling), noise of a learnt strength, bias, LeakyReLU(0.2) times sqrt(2).

    The noise is one standard normal number per place, from torch's global randomness; its strength starts at 0.
    """

    def __init__(self, inside: int, outside: int, style: int, *, double: bool, noise: bool) -> None:
        super().__init__()
        self.conv, self.doubles = ModulatedConv(inside, outside, 3, style), double
        self.strength = nn.Parameter(torch.zeros(())) if noise else None
        self.bias = nn.Parameter(torch.zeros(outside))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        x = self.conv(smoothly_doubled(x) if self.doubles else x, style)
        if self.strength is not None:
            x = x + self.strength * torch.randn_like(x[:, :1])
        return rectified(x + self.bias[:, None, None]) * ROOT2
