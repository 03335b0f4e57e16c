"""The generator of progressive GANs, which grows while it learns."""

from itertools import pairwise
from math import sqrt
from typing import Annotated

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.equalised import ROOT2, EqualisedConv, EqualisedLinear, rectified, unit_square
from rivalry_zoo.blocks.growing import blend, doubled, stage, widths
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import real_valued
from rivalry_zoo.blocks.sizes import halvings, image_shape


class ProgressiveGenerator(Generator):
    """G(z, growth): codes to images [N, C, H, W] at growth `levels - 1`, and of half that size for each level less.

    Level 0 makes the base's maps: the code's pixel norm, linear, conv3. Each further level doubles them and adds two
    convolutions; LeakyReLU(0.2) and pixel norm follow each layer. Every level has its own conv1 to an image. With level
    l at the share a, growth = l - 1 + a, the image is (1 - a) up(image of l - 1) + a (image of l): at a = 0 the smaller
    network doubled, at a = 1 the larger one alone, both bit for bit. Without a growth it is fully grown.

    levels - 1 and the base are the halvings of generator dcgan: 32 -> 4x4 (4 levels), 28 -> 7x7 (3 levels). Channels
    are `width` at the last level and double towards the first, up to `most`; the paper's at 1024 are 16 and 512. Equal
    learning rates: weights start as N(0, 1) and are scaled as they act. No activation at the end. `growth` stands after
    all inputs and must be known on the host. Raises ValueError for sizes that do not halve so, and for a growth that is
    not within [0, levels - 1].
    """

    name = "progressive"
    paper = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"
    host_numbers = True

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 32,
        most: Annotated[int, Gt(0)] = 512,
    ) -> None:
        super().__init__()
        owner = "generator progressive"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        colours, *size = image_shape(field, owner)
        times, *self.base = halvings(*size, owner)
        channels = widths(times + 1, width, most)
        places = self.base[0] * self.base[1]
        self.start = EqualisedLinear(
            vector_width(self.inputs, owner), channels[0] * places, gain=ROOT2 / sqrt(places), bias=False
        )
        self.bias = nn.Parameter(torch.zeros(channels[0]))
        self.first = EqualisedConv(channels[0], channels[0])
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualisedConv(inside, outside), EqualisedConv(outside, outside)])
            for inside, outside in pairwise(channels)
        )
        self.to_image = nn.ModuleList(EqualisedConv(inside, colours, 1, gain=1.0) for inside in channels)

    def forward(self, *values: Tensor | float) -> Tensor:
        codes, rest = values[: len(self.inputs)], values[len(self.inputs) :]
        level, share = stage(rest[0], len(self.to_image)) if rest else (len(self.blocks), 1.0)
        return self.image(as_vector(self.inputs, codes, self), level, share)

    def image(self, code: Tensor, level: int, share: float) -> Tensor:
        """The image of codes [N, d] at a level that counts for `share`."""
        x = rearrange(self.start(unit_square(code)), "n (c h w) -> n c h w", h=self.base[0], w=self.base[1])
        x = unit_square(rectified(x + self.bias[:, None, None]))
        x = unit_square(rectified(self.first(x)))
        smaller = x
        for block in self.blocks[:level]:
            smaller, x = x, doubled(x)
            for layer in block:
                x = unit_square(rectified(layer(x)))
        image = self.to_image[level](x)
        return image if share == 1 else blend(doubled(self.to_image[level - 1](smaller)), image, share)


@hookimpl
def rivalry_components():
    return [ProgressiveGenerator]
