"""The residual encoder of VQGAN, whose code is a map."""

from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Encoder
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.attention import PlaceAttention
from rivalry_zoo.blocks.grouped import GroupedBlock, divisible, group_norm, halved
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.sizes import image_shape


class VqganEncoder(Encoder):
    """An image [N, C, H, W] as a map of codes [N, code, H / 2^halvings, W / 2^halvings], whose shape it says itself.

    conv3, then at each size `depth` residual blocks (group norm, swish) of width * min(2^level, 4) channels and a conv3
    of stride 2; block, self-attention, block; norm, swish, conv3 to `code` channels. Conditions are appended to the
    image as maps. The paper's f = 16 has width 128, depth 2, code 256 and four halvings, with channels that double at
    every second level. Weights start as torch's, each block as its skip.

    Raises ValueError for an image whose sides do not halve so often, with the nearest that do, and for conditions that
    do not fit.
    """

    name = "vqgan"
    paper = "Esser, Rombach & Ommer 2020, arXiv:2012.09841"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 128,
        code: Annotated[int, Gt(0)] = 256,
        halvings: Annotated[int, Ge(0)] = 2,
        depth: Annotated[int, Ge(0)] = 2,
    ) -> None:
        super().__init__()
        owner = "encoder vqgan"
        sample, *conditions = as_inputs(inputs)
        self.maps = tuple(conditions)
        colours, *size = image_shape(sample, owner)
        divisible(*size, 2**halvings, owner)
        stack: list[nn.Module] = [nn.Conv2d(colours + map_channels(self.maps, *size, owner), width, 3, padding=1)]
        top = width
        for level in range(halvings + 1):
            for _ in range(depth):
                stack.append(GroupedBlock(top, width * min(2**level, 4)))
                top = width * min(2**level, 4)
            stack += [halved(top)] if level < halvings else []
        stack += [GroupedBlock(top, top), PlaceAttention(top), GroupedBlock(top, top)]
        self.net = nn.Sequential(*stack, group_norm(top), nn.SiLU(), nn.Conv2d(top, code, 3, padding=1))

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.net(with_maps(x, self.maps, conditions))


@hookimpl
def rivalry_components():
    return [VqganEncoder]
