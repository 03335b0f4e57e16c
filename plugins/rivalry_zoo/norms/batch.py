"""Batch normalisation, over the joint batch of all processes."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.distributed import many_processes
from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import CouplesBatch, Given, Gt, Interval
from rivalry_zoo.blocks.moments import beside, joint_moments


class BatchNorm(Norm, CouplesBatch):
    """y = weight * (x - mean) / sqrt(variance + eps) + bias, channel by channel, for x [N, C] or [N, C, ...].

    In training the moments are the batch's (biased variance) and the running ones move towards them by `momentum`
    (unbiased variance); in evaluation the running ones serve. Without `affine` there are no weight and no bias. Among
    several processes the batch is the joint batch, whose moments come from every rank's count, mean and squared
    deviations in one collective that gradients pass. Defaults are torch's, and so is every bit of the result in one
    process.
    """

    name = "batch"
    paper = "Ioffe & Szegedy 2015, arXiv:1502.03167"

    def __init__(
        self,
        channels: Given[int],
        *,
        eps: Annotated[float, Gt(0)] = 1e-5,
        momentum: Annotated[float, Interval(ge=0, le=1)] = 0.1,
        affine: bool = True,
    ) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels)) if affine else None
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.training and many_processes():
            return self._over_joint_batch(x)
        running = (self.running_mean, self.running_var)
        return F.batch_norm(x, *running, self.weight, self.bias, self.training, self.momentum, self.eps)

    def _over_joint_batch(self, x: Tensor) -> Tensor:
        total, mean, squared = joint_moments(x)
        with torch.no_grad():
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
            self.running_var.lerp_((squared / (total - 1)).to(self.running_var.dtype), self.momentum)
        scale = torch.rsqrt(squared / total + self.eps)
        if self.weight is not None:
            scale = self.weight * scale
        y = (x - beside(mean, x)) * beside(scale, x)
        return (y if self.bias is None else y + beside(self.bias, x)).to(x.dtype)


@hookimpl
def rivalry_components():
    return [BatchNorm]
