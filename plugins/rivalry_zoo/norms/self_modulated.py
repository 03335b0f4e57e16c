"""Batch normalisation that the latent code modulates."""

from typing import Annotated

from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import CouplesBatch, Given, Gt, Interval
from rivalry_zoo.blocks.conditions import code, wanted
from rivalry_zoo.blocks.moments import beside
from rivalry_zoo.norms.batch import BatchNorm


class SelfModulatedNorm(Norm, CouplesBatch):
    """y = (1 + A h) BN(x) + B h with h = relu(H z), for x [N, C, ...] and codes z [N, d], or labels [N] one-hot.

    BN is norm batch without weights, over the joint batch; H, A and B have biases, those of A and B 0 at first, which
    with the 1 is the authors' bias of 1. `hidden` is theirs too. In generators resnet and dcgan z is the latent
    itself, or what follows it. Raises ValueError without a code.
    """

    name = "self_modulated"
    paper = "Chen, Lucic, Houlsby & Gelly 2018, arXiv:1810.01365"
    conditional = True

    def __init__(
        self,
        channels: Given[int],
        condition: Given[int] = 0,
        *,
        hidden: Annotated[int, Gt(0)] = 32,
        eps: Annotated[float, Gt(0)] = 1e-5,
        momentum: Annotated[float, Interval(ge=0, le=1)] = 0.1,
    ) -> None:
        super().__init__()
        self.condition = wanted(condition, "norm self_modulated")
        self.norm = BatchNorm(channels, eps=eps, momentum=momentum, affine=False)
        self.hidden = nn.Linear(condition, hidden)
        self.scale, self.shift = nn.Linear(hidden, channels), nn.Linear(hidden, channels)
        nn.init.zeros_(self.scale.bias)
        nn.init.zeros_(self.shift.bias)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        hidden = F.relu(self.hidden(code(condition, self.condition, self)))
        return self.norm(x) * beside(1 + self.scale(hidden), x) + beside(self.shift(hidden), x)


@hookimpl
def rivalry_components():
    return [SelfModulatedNorm]
