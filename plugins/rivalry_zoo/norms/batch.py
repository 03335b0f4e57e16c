"""Batch normalisation, over the joint batch of all processes."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.distributed import gather_rows, many_processes
from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import CouplesBatch, Given, Gt, Interval


class BatchNorm(Norm, CouplesBatch):
    """y = weight * (x - mean) / sqrt(variance + eps) + bias, channel by channel, for x [N, C] or [N, C, ...].

    In training the moments are the batch's (biased variance) and the running ones move towards them by `momentum`
    (unbiased variance); in evaluation the running ones serve. Among several processes the batch is the joint batch,
    whose moments come from every rank's count, mean and squared deviations (Chan et al. 1979) in one collective that
    gradients pass. Defaults are torch's, and so is every bit of the result in one process.
    """

    name = "batch"
    paper = "Ioffe & Szegedy 2015, arXiv:1502.03167"

    def __init__(
        self,
        channels: Given[int],
        *,
        eps: Annotated[float, Gt(0)] = 1e-5,
        momentum: Annotated[float, Interval(ge=0, le=1)] = 0.1,
    ) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if self.training and many_processes():
            return self._over_joint_batch(x)
        running = (self.running_mean, self.running_var)
        return F.batch_norm(x, *running, self.weight, self.bias, self.training, self.momentum, self.eps)

    def _over_joint_batch(self, x: Tensor) -> Tensor:
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        variance, mean = torch.var_mean(wide, [0, *range(2, x.ndim)], correction=0)
        count = mean.new_full((1,), x.numel() // x.shape[1])
        rows = gather_rows(torch.cat([count, mean, variance * count]))
        counts, means, squares = rows.split([1, x.shape[1], x.shape[1]], dim=1)
        total = counts.sum()
        mean = (counts * means).sum(0) / total
        squared = (squares + counts * (means - mean).square()).sum(0)
        with torch.no_grad():
            self.running_mean.lerp_(mean.to(self.running_mean.dtype), self.momentum)
            self.running_var.lerp_((squared / (total - 1)).to(self.running_var.dtype), self.momentum)
        scale = self.weight * torch.rsqrt(squared / total + self.eps)
        channelwise = (1, -1, *[1] * (x.ndim - 2))
        shifted = (wide - mean.reshape(channelwise)) * scale.reshape(channelwise)
        return (shifted + self.bias.reshape(channelwise)).to(x.dtype)


@hookimpl
def rivalry_components():
    return [BatchNorm]
