"""The residual decoder of VQGAN."""

from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.attention import PlaceAttention
from rivalry_zoo.blocks.grouped import Doubled, GroupedBlock, group_norm
from rivalry_zoo.blocks.inputs import as_maps, is_map, map_channels
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.sizes import doublings, image_shape


class VqganGenerator(Generator):
    """A map of codes [N, c, h, w] through k doublings to an image [N, C, 2^k h, 2^k w]: encoder vqgan turned round.

    conv3; block, self-attention, block; at each size `depth` residual blocks (group norm, swish) of
    width * min(2^level, 4) channels, level counted from the image, and nearest upsampling with conv3; norm, swish, and
    `last`, the conv3 to the image, where the paper's adaptive weight compares gradients. The paper's depth is 3, its
    width 128. Vectors and labels beside the map are tiled over it. `activation: auto` is tanh, unless the output's
    field declares a range other than [-1, 1]; the paper has none.

    Raises ValueError without a map among the inputs, and with the nearest sizes where no k fits.
    """

    name = "vqgan"
    paper = "Esser, Rombach & Ommer 2020, arXiv:2012.09841"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 128,
        depth: Annotated[int, Ge(0)] = 3,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator vqgan"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        colours, *size = image_shape(field, owner)
        base = next((given.shape[-2:] for given in self.inputs if is_map(given)), None)
        if base is None:
            got = ", ".join(map(str, self.inputs)) or "none"
            raise ValueError(f"{owner} wants a map of codes among its inputs, got {got}; use generator dcgan or resnet")
        times, *_ = doublings(*base, *size, owner)
        top = width * min(2**times, 4)
        stack: list[nn.Module] = [nn.Conv2d(map_channels(self.inputs, *base, owner), top, 3, padding=1)]
        stack += [GroupedBlock(top, top), PlaceAttention(top), GroupedBlock(top, top)]
        for level in reversed(range(times + 1)):
            for _ in range(depth):
                stack.append(GroupedBlock(top, width * min(2**level, 4)))
                top = width * min(2**level, 4)
            stack += [Doubled(top)] if level else []
        self.body = nn.Sequential(*stack, group_norm(top), nn.SiLU())
        self.last = nn.Conv2d(top, colours, 3, padding=1)
        self.bound = nn.Sequential(*bounded(activation, field, undeclared=True))

    def forward(self, *inputs: Tensor) -> Tensor:
        pairs = zip(self.inputs, inputs, strict=True)
        height, width = next(value.shape[-2:] for field, value in pairs if is_map(field))
        maps = as_maps(self.inputs, inputs, height, width, self.last.weight.dtype)
        return self.bound(self.last(self.body(torch.cat(maps, 1))))


@hookimpl
def rivalry_components():
    return [VqganGenerator]
