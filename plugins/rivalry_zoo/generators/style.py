"""The synthesis network of StyleGAN2."""

from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.growing import widths
from rivalry_zoo.blocks.layers import real_valued
from rivalry_zoo.blocks.modulation import ModulatedConv, StyleLayer
from rivalry_zoo.blocks.resampling import smoothly_doubled
from rivalry_zoo.blocks.sizes import halvings, image_shape


class StyleGenerator(Generator):
    """Styles w [N, L, d], one per layer, or [N, d] for all of them, to images [N, C, H, W].

    A learnt constant at the base's size goes through a style layer; each of k levels doubles the maps and adds two. A
    style layer is a modulated and demodulated conv3, `noise` of a learnt strength, bias and LeakyReLU(0.2). Each level
    adds its modulated conv1 to the doubled image of the one below. L = 2 (k + 1): an image's conv1 shares its style
    with the next level's first layer. k and the base are those of generator dcgan: 32 -> 4x4 (k = 3, L = 8), 28 -> 7x7
    (k = 2, L = 6).

    Channels are `width` at the last level and double towards the first, up to `most`; the paper's at 1024 are 32 and
    512. Doubling filters by [1, 3, 3, 1]. Equal learning rates; no activation at the end. The noise comes from torch's
    global randomness. Raises ValueError for sizes that do not halve so, and for inputs that are no such styles.
    """

    name = "style"
    paper = "Karras, Laine, Aittala, Hellsten, Lehtinen & Aila 2019, arXiv:1912.04958"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 32,
        most: Annotated[int, Gt(0)] = 512,
        noise: bool = True,
    ) -> None:
        super().__init__()
        owner = "generator style"
        given, field = as_inputs(inputs), real_valued(as_field(output), owner)
        colours, *size = image_shape(field, owner)
        times, *base = halvings(*size, owner)
        self.layers = 2 * (times + 1)
        style = self._style(given)
        channels = widths(times + 1, width, most)
        self.constant = nn.Parameter(torch.randn(1, channels[0], *base))
        self.first = StyleLayer(channels[0], channels[0], style, double=False, noise=noise)
        self.blocks = nn.ModuleList(
            nn.ModuleList(
                [
                    StyleLayer(inside, outside, style, double=True, noise=noise),
                    StyleLayer(outside, outside, style, double=False, noise=noise),
                ]
            )
            for inside, outside in pairwise(channels)
        )
        self.to_image = nn.ModuleList(ModulatedConv(inside, colours, 1, style, demodulate=False) for inside in channels)
        self.bias = nn.Parameter(torch.zeros(len(channels), colours, 1, 1))

    def _style(self, given: Inputs) -> int:
        """The size d of a style."""
        shape = given[0].shape if len(given) == 1 and given[0].classes is None else ()
        if len(shape) == 1 or (len(shape) == 2 and shape[0] == self.layers):
            return shape[-1]
        raise ValueError(
            f"generator style wants one vector, or {self.layers} of them, as its styles, "
            f"got {', '.join(map(str, given)) or 'nothing'}; write `mix_styles(M(z), M(z2), 0.9, "
            f"layers={self.layers})` or `M(z)`, with labels as inputs of the mapping network M"
        )

    def forward(self, styles: Tensor) -> Tensor:
        if styles.ndim == 2:
            styles = styles[:, None].expand(-1, self.layers, -1)
        each = styles.unbind(1)
        x = self.first(self.constant.expand(len(styles), -1, -1, -1), each[0])
        image = self.to_image[0](x, each[1]) + self.bias[0]
        for level, (up, keep) in enumerate(self.blocks, start=1):
            x = keep(up(x, each[2 * level - 1]), each[2 * level])
            here = self.to_image[level](x, each[2 * level + 1]) + self.bias[level]
            image = smoothly_doubled(image) + here
        return image


@hookimpl
def rivalry_components():
    return [StyleGenerator]
