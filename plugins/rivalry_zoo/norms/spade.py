"""Spatially adaptive normalisation: a map sets scale and shift place by place."""

from typing import Annotated, Literal

from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.conditions import code_maps, wanted
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.instance import InstanceNorm


class Spade(Norm):
    """y = (1 + A h) norm(x) + B h with h = relu(H m), for maps x [N, C, h, w] and m [N, d, h', w'].

    m, or labels [N, h', w'] one-hot, is resized to x by nearest neighbours; H, A and B are 3x3 convolutions, zeros
    around. The inner norm has no weights: `batch`, over the joint batch, mixes samples, `instance` does not. `hidden`
    is the paper's. In generators resnet and dcgan m is the map that follows the first input. Raises ValueError for
    vectors, and without a map.
    """

    name = "spade"
    paper = "Park, Liu, Wang & Zhu 2019, arXiv:1903.07291"
    conditional = True

    def __init__(
        self,
        channels: Given[int],
        condition: Given[int] = 0,
        *,
        norm: Literal["batch", "instance"] = "batch",
        hidden: Annotated[int, Gt(0)] = 128,
        eps: Annotated[float, Gt(0)] = 1e-5,
    ) -> None:
        super().__init__()
        self.condition = wanted(condition, "norm spade")
        self.norm = BatchNorm(channels, eps=eps, affine=False) if norm == "batch" else InstanceNorm(channels, eps=eps)
        self.hidden = nn.Conv2d(condition, hidden, 3, padding=1)
        self.scale, self.shift = (nn.Conv2d(hidden, channels, 3, padding=1) for _ in range(2))

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        if x.ndim != 4:
            raise ValueError(f"norm spade wants maps [N, C, h, w], got {list(x.shape)}")
        maps = F.interpolate(code_maps(condition, self.condition, self), x.shape[2:], mode="nearest")
        hidden = F.relu(self.hidden(maps))
        return self.norm(x) * (1 + self.scale(hidden)) + self.shift(hidden)


@hookimpl
def rivalry_components():
    return [Spade]
