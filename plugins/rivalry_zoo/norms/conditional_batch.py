"""Batch normalisation whose scales and shifts a condition chooses."""

from typing import Annotated, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import CouplesBatch, Given, Gt, Interval
from rivalry_zoo.blocks.conditions import code, wanted
from rivalry_zoo.blocks.moments import beside
from rivalry_zoo.norms.batch import BatchNorm


class ConditionalBatchNorm(Norm, CouplesBatch):
    """y = weight(c) BN(x) + bias(c), for x [N, C, ...]; BN is norm batch without weights, over the joint batch.

    `form: embedding`: each class of labels c [N] has a weight (1 at first) and a bias (0) per channel, rows of tables
    [classes, C], as in SNGAN's generator. `form: linear`: weight = 1 + A c and bias = B c for vectors c [N, d], or
    labels one-hot, without biases, as in BigGAN. Raises ValueError without a condition, and in the form embedding for
    vectors.
    """

    name = "conditional_batch"
    paper = "Dumoulin, Shlens & Kudlur 2016, arXiv:1610.07629; Brock, Donahue & Simonyan 2018, arXiv:1809.11096"
    conditional = True

    def __init__(
        self,
        channels: Given[int],
        condition: Given[int] = 0,
        *,
        form: Literal["embedding", "linear"] = "embedding",
        eps: Annotated[float, Gt(0)] = 1e-5,
        momentum: Annotated[float, Interval(ge=0, le=1)] = 0.1,
    ) -> None:
        super().__init__()
        self.condition = wanted(condition, "norm conditional_batch")
        self.norm, self.linear = BatchNorm(channels, eps=eps, momentum=momentum, affine=False), form == "linear"
        if self.linear:
            self.scale, self.shift = (nn.Linear(condition, channels, bias=False) for _ in range(2))
        else:
            self.weight = nn.Parameter(torch.ones(condition, channels))
            self.bias = nn.Parameter(torch.zeros(condition, channels))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        weight, bias = self._linear(condition) if self.linear else self._looked_up(condition)
        return self.norm(x) * beside(weight, x) + beside(bias, x)

    def _linear(self, condition: Tensor | None) -> tuple[Tensor, Tensor]:
        vectors = code(condition, self.condition, self)
        return 1 + self.scale(vectors), self.shift(vectors)

    def _looked_up(self, labels: Tensor | None) -> tuple[Tensor, Tensor]:
        if labels is None or labels.ndim != 1 or labels.is_floating_point():
            found = "none" if labels is None else f"{list(labels.shape)} of {labels.dtype}"
            raise ValueError(
                f"norm conditional_batch wants labels [N] in its form embedding, got {found}; take form: linear"
            )
        return F.embedding(labels, self.weight), F.embedding(labels, self.bias)


@hookimpl
def rivalry_components():
    return [ConditionalBatchNorm]
