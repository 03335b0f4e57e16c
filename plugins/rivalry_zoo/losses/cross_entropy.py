"""How surprised a forecast is by what came."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide

NOBODY = torch.iinfo(torch.int64).min
"""A label that no target has: torch's own default, -100, would leave out wrong targets in silence."""


@frozen
class CrossEntropy(Loss):
    """-log softmax(logits)_target in nats, the mean over samples and places. Of [logits, target].

    Logits [N, K, ...], the K classes along dimension 1; targets int64 [N, ...] in [0, K): labels [N], rows, or maps.
    Where the target is `ignore` nothing is asked and the mean is over the rest, 0 if nothing is left.

    Raises ValueError where the shapes do not fit.
    """

    name: ClassVar[str] = "cross_entropy"
    paper: ClassVar[str] = "none: maximum likelihood is older than any archive (Fisher 1922)"

    ignore: int | None = None

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        """The loss, a scalar."""
        if logits.ndim < 2 or (len(logits), *logits.shape[2:]) != target.shape:
            raise ValueError(
                f"logits [N, K, ...] need a target [N, ...], got {tuple(logits.shape)} and {tuple(target.shape)}; "
                "put the classes along dimension 1"
            )
        if target.is_floating_point():
            raise ValueError(f"the target must be whole numbers, got {target.dtype}; give it labels or indices")
        if self.ignore is None:
            return F.cross_entropy(wide(logits), target, ignore_index=NOBODY)
        asked = target != self.ignore
        losses = F.cross_entropy(wide(logits), target.where(asked, 0), reduction="none")
        return (losses * asked).sum() / asked.sum().clamp(min=1)


@hookimpl
def rivalry_components():
    return [CrossEntropy]
