"""The fully convolutional generator, whose latent is a map."""

from collections.abc import Callable
from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import as_maps, is_map, map_channels
from rivalry_zoo.blocks.layers import Activation, bounded, initialise_normal, normed, real_valued
from rivalry_zoo.blocks.sizes import doublings, halvings, image_shape
from rivalry_zoo.blocks.waves import PlanarWaves
from rivalry_zoo.norms.batch import BatchNorm


class PatchGenerator(Generator):
    """Spatial GAN: a latent map [N, d, h, w] through k doublings to an image [N, C, 2^k h, 2^k w], convolutions only.

    conv3-norm-ReLU to width * 2^(k-1) channels, then transposed convolutions of 4x4 and stride 2 that halve them. A
    map larger than declared gives a larger image, and far from the borders a moved map gives a moved image. Vectors
    and labels are tiled over the map. Tiled inputs alone would make every place alike, so where there are any, `waves`
    planar waves sin(k1 row + k2 column + phase) join them, their numbers a function of the vectors, as in the periodic
    spatial GAN (Bergmann, Jetchev & Vollgraf 2017, arXiv:1705.06566; there the phase is drawn, not computed). Without
    any map among the inputs h and w are the base of generator dcgan. The papers' kernels are 5x5; 4x4 covers evenly.
    `activation: auto` is tanh, unless the output's field declares a range other than [-1, 1]. Raises ValueError with
    the nearest sizes where no k fits.
    """

    name = "patch"
    paper = "Jetchev, Bergmann & Vollgraf 2016, arXiv:1611.08207"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        waves: Annotated[int, Ge(0)] = 4,
        norm: Callable[[int], Norm] = BatchNorm,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator patch"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        channels, *size = image_shape(field, owner)
        maps = [given for given in self.inputs if is_map(given)]
        times, *self.base = doublings(*maps[0].shape[-2:], *size, owner) if maps else halvings(*size, owner)
        inside = map_channels(self.inputs, *self.base, owner)
        flat = tuple(given for given in self.inputs if not is_map(given))
        self.waves = PlanarWaves(flat, waves, owner) if flat and waves else None
        top = width * 2 ** (times - 1)
        stack = [nn.Conv2d(inside + (waves if self.waves else 0), top, 3, padding=1, bias=False), *normed(norm(top))]
        while top > width:
            stack += [nn.ConvTranspose2d(top, top // 2, 4, 2, 1, bias=False), *normed(norm(top // 2))]
            top //= 2
        stack += [nn.ConvTranspose2d(width, channels, 4, 2, 1)]
        self.net = nn.Sequential(*stack, *bounded(activation, field, undeclared=True))
        initialise_normal(self.net)

    def forward(self, *inputs: Tensor) -> Tensor:
        pairs = list(zip(self.inputs, inputs, strict=True))
        height, width = next((value.shape[-2:] for field, value in pairs if is_map(field)), self.base)
        parts = as_maps(self.inputs, inputs, height, width, next(self.parameters()).dtype)
        if self.waves is not None:
            parts.append(self.waves(tuple(value for field, value in pairs if not is_map(field)), height, width))
        return self.net(torch.cat(parts, 1))


@hookimpl
def rivalry_components():
    return [PatchGenerator]
