"""Group normalisation: some channels and all places of each sample together."""

from math import gcd
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt


class GroupNorm(Norm):
    """y = weight * (x - mean) / sqrt(variance + eps) + bias, moments over a group of channels, for x [N, C, ...].

    One group is layer norm, C groups are instance norm. Without `groups` there are as many as divide the channels, at
    most 32, and where it can be with four channels in each. Biased variance; a weight and a bias per channel unless
    `affine` is false. Samples do not meet. Raises ValueError for groups that do not divide the channels, and for
    vectors [N, C] in C groups, which leave nothing to take moments of.
    """

    name = "group"
    paper = "Wu & He 2018, arXiv:1803.08494"

    def __init__(
        self,
        channels: Given[int],
        *,
        groups: Annotated[int, Gt(0)] | None = None,
        eps: Annotated[float, Gt(0)] = 1e-5,
        affine: bool = True,
    ) -> None:
        super().__init__()
        self.groups = groups or gcd(channels, min(32, max(1, channels // 4)))
        if channels % self.groups:
            fits = gcd(channels, self.groups)
            raise ValueError(f"wanted groups that divide the {channels} channels, got {groups}; {fits} do")
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if x.ndim < 3 and x.shape[1] == self.groups:
            shape = "x".join(map(str, x.shape))
            raise ValueError(f"norm group wants more than one value a group, got {shape} in {self.groups} groups")
        return F.group_norm(x, self.groups, self.weight, self.bias, self.eps)


@hookimpl
def rivalry_components():
    return [GroupNorm]
