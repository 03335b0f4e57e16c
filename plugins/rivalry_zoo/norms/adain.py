"""Adaptive instance normalisation: a style sets each channel's mean and deviation."""

from typing import Annotated

from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.conditions import code, wanted
from rivalry_zoo.blocks.equalised import EqualisedLinear
from rivalry_zoo.blocks.moments import beside
from rivalry_zoo.norms.instance import InstanceNorm


class AdaptiveInstanceNorm(Norm):
    """y = (1 + s) IN(x) + b with (s, b) = A(style), for maps x [N, C, ...] and styles [N, d], or labels [N] one-hot.

    IN is instance norm without weights; A is one linear map of equalised learning rate (gain 1, bias 0), as in
    StyleGAN, so channels leave with mean b and deviation |1 + s|. In generators resnet and dcgan the style is what
    follows the first input, or the latent itself. The form whose statistics are those of a style's feature map is
    `rivalry_zoo.blocks.moments.restyled`. Raises ValueError for vectors [N, C], and without a style.
    """

    name = "adain"
    paper = "Huang & Belongie 2017, arXiv:1703.06868; Karras, Laine & Aila 2018, arXiv:1812.04948"
    conditional = True

    def __init__(self, channels: Given[int], condition: Given[int] = 0, *, eps: Annotated[float, Gt(0)] = 1e-5) -> None:
        super().__init__()
        self.condition = wanted(condition, "norm adain")
        self.norm, self.style = InstanceNorm(channels, eps=eps), EqualisedLinear(condition, 2 * channels, gain=1.0)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        scale, shift = self.style(code(condition, self.condition, self)).chunk(2, 1)
        return self.norm(x) * beside(1 + scale, x) + beside(shift, x)


@hookimpl
def rivalry_components():
    return [AdaptiveInstanceNorm]
