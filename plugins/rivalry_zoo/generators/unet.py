"""The U-net that diffusion models denoise with."""

from math import log
from typing import Annotated

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.attention import PlaceAttention
from rivalry_zoo.blocks.grouped import Doubled, GroupedBlock, divisible, group_norm, halved
from rivalry_zoo.blocks.inputs import as_maps, as_vector, is_map, map_channels, vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.sizes import image_shape


def waves_of(t: Tensor, width: int, dtype: torch.dtype) -> Tensor:
    """sin and cos of t [N] at width / 2 frequencies from 1 to 1e-4, [N, width]."""
    count = width // 2
    speeds = torch.exp(torch.arange(count, device=t.device) * (-log(1e4) / max(1, count - 1)))
    angles = t.unsqueeze(1).to(dtype) * speeds.to(dtype)
    return torch.cat([angles.sin(), angles.cos()], 1)


class UnetGenerator(Generator):
    """An image [N, C, H, W] as another of its size, as in N(noisy, t): down, across and up again with skips between.

    Residual blocks (group norm, swish) at sizes H, H / 2, ..., one for each of `multiples`, whose product with `width`
    are the channels: `depth` on the way down, depth + 1 on the way up, which see what was laid by on the way down; two
    with self-attention between at the bottom. The first label among the inputs is a time: its sines and cosines and a
    perceptron of them are told to every block. Further labels (one-hot) and vectors join the perceptron's input; maps
    of the image's size join the image. With `patch` p > 1 the network works on p x p pixels at once, p^2 times the
    channels at a p-th of the size (arXiv:2301.11093), which costs a p^2-th.

    The paper's for CIFAR-10 is width 128, multiples [1, 2, 2, 2], depth 2, with more attention at 16x16, and dropout.
    Blocks and the last convolution start at zero, so the first output is 0. `activation: auto` is tanh where the
    output's field declares [-1, 1], else none.

    Raises ValueError with the nearest sizes for one that does not halve so, for an input of another size than the
    output, and for an odd width.
    """

    name = "unet"
    paper = "Ho, Jain & Abbeel 2020, arXiv:2006.11239; Ronneberger, Fischer & Brox 2015, arXiv:1505.04597"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 128,
        multiples: tuple[Annotated[int, Gt(0)], ...] = (1, 2, 2),
        depth: Annotated[int, Ge(1)] = 2,
        patch: Annotated[int, Ge(1)] = 1,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator unet"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        colours, *size = image_shape(field, owner)
        image_shape(self.inputs[0], owner)
        if not multiples or width % 2:
            raise ValueError(f"{owner} wants an even width and a level or more, got {width} and {list(multiples)}")
        divisible(*size, patch * 2 ** (len(multiples) - 1), owner)
        self.patch, area = patch, patch**2
        self.places = [place for place, given in enumerate(self.inputs) if is_map(given)]
        flat = [place for place in range(len(self.inputs)) if place not in self.places]
        self.time = next((place for place in flat if self.inputs[place].classes is not None), None)
        self.flat = [place for place in flat if place != self.time]
        self.width, told = width, 4 * width if flat else 0
        if flat:
            rest = vector_width(self._only(self.flat), owner) if self.flat else 0
            inside = rest + (width if self.time is not None else 0)
            self.code = nn.Sequential(nn.Linear(inside, told), nn.SiLU(), nn.Linear(told, told))
        channels = [width * multiple for multiple in multiples]
        self.first = nn.Conv2d(map_channels(self._only(self.places), *size, owner) * area, width, 3, padding=1)
        self.down, self.up, laid, top = nn.ModuleList(), nn.ModuleList(), [width], width
        for level, wide in enumerate(channels):
            for _ in range(depth):
                self.down.append(GroupedBlock(top, wide, told))
                top = wide
                laid.append(top)
            if level < len(channels) - 1:
                self.down.append(halved(top))
                laid.append(top)
        self.middle = nn.ModuleList([GroupedBlock(top, top, told), PlaceAttention(top), GroupedBlock(top, top, told)])
        for level, wide in reversed(list(enumerate(channels))):
            for _ in range(depth + 1):
                self.up.append(GroupedBlock(top + laid.pop(), wide, told))
                top = wide
            if level:
                self.up.append(Doubled(top))
        last = nn.Conv2d(top, colours * area, 3, padding=1)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.last = nn.Sequential(group_norm(top), nn.SiLU(), last)
        self.bound = nn.Sequential(*bounded(activation, field, undeclared=False))

    def _only(self, places: list[int]) -> Inputs:
        return tuple(self.inputs[place] for place in places)

    def _told(self, values: tuple[Tensor, ...], dtype: torch.dtype) -> Tensor | None:
        parts = [] if self.time is None else [waves_of(values[self.time], self.width, dtype)]
        if self.flat:
            parts.append(as_vector(self._only(self.flat), tuple(values[place] for place in self.flat), self))
        return self.code(torch.cat(parts, 1)) if parts else None

    def forward(self, *values: Tensor) -> Tensor:
        height, breadth = values[0].shape[-2:]
        dtype, maps = self.first.weight.dtype, tuple(values[place] for place in self.places)
        code = self._told(values, dtype)
        image = torch.cat(as_maps(self._only(self.places), maps, height, breadth, dtype), 1)
        x = self.first(rearrange(image, "n c (h p) (w q) -> n (c p q) h w", p=self.patch, q=self.patch))
        laid = [x]
        for layer in self.down:
            x = layer(x, code) if isinstance(layer, GroupedBlock) else layer(x)
            laid.append(x)
        for layer in self.middle:
            x = layer(x, code) if isinstance(layer, GroupedBlock) else layer(x)
        for layer in self.up:
            x = layer(torch.cat([x, laid.pop()], 1), code) if isinstance(layer, GroupedBlock) else layer(x)
        return self.bound(rearrange(self.last(x), "n (c p q) h w -> n c (h p) (w q)", p=self.patch, q=self.patch))


@hookimpl
def rivalry_components():
    return [UnetGenerator]
