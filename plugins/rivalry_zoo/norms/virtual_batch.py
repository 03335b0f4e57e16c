"""Virtual batch normalisation: by the moments of one batch that stays, and of the sample itself."""

from typing import Annotated

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.moments import beside, joint_moments, widened


class VirtualBatchNorm(Norm):
    """y = weight * (x - mean) / sqrt(variance + eps) + bias, for x [N, C, ...], by a reference and the sample.

    The moments are those of n reference samples and the sample together, which weighs 1 / (n + 1): its output depends
    on no other of its batch, so gradient penalties keep their meaning. The reference is the first batch of
    training, joint over all processes, as it arrives here: its moments are saved with the weights and stay, as
    constants, until `forget` makes the next training batch the reference. (The paper sends its reference batch through
    the network anew each time, which a norm by itself cannot.) Before any, a sample's own moments serve alone.
    """

    name = "virtual_batch"
    paper = "Salimans et al. 2016, arXiv:1606.03498"

    def __init__(self, channels: Given[int], *, eps: Annotated[float, Gt(0)] = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("reference_mean", torch.zeros(channels))
        self.register_buffer("reference_variance", torch.ones(channels))
        self.register_buffer("reference_size", torch.zeros(()))

    def forget(self) -> None:
        """Let the next batch of training be the reference."""
        self.reference_size.zero_()

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.training:
            self._refer(x)
        wide, kept = widened(x), (self.reference_mean, self.reference_variance)
        own_variance, own_mean = torch.var_mean(rearrange(wide, "n c ... -> n c (...)"), 2, correction=0)
        share = 1 / (self.reference_size + 1)
        mean = torch.lerp(kept[0], own_mean, share)
        spread = torch.lerp(kept[1], own_variance, share)
        between = share * (1 - share) * (own_mean - kept[0]).square()
        scale = self.weight * torch.rsqrt(spread + between + self.eps)
        return ((wide - beside(mean, x)) * beside(scale, x) + beside(self.bias, x)).to(x.dtype)

    @torch.no_grad()
    def _refer(self, x: Tensor) -> None:
        """Take this batch as the reference unless there is one, without asking which on the host."""
        total, mean, squared = joint_moments(x)
        first = self.reference_size == 0
        found = {"mean": mean, "variance": squared / total, "size": total * x.shape[0] * x.shape[1] / x.numel()}
        for name, value in found.items():
            kept = getattr(self, f"reference_{name}")
            kept.copy_(torch.where(first, value, kept))


@hookimpl
def rivalry_components():
    return [VirtualBatchNorm]
