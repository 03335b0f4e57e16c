"""The generator of a pyramid's detail."""

from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import as_maps, map_channels
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.sizes import image_shape


class LapganGenerator(Generator):
    """Maps in, maps of the same size out: noise planes and a blurred image become the detail [N, C, H, W] it lacks.

    All inputs stand side by side as channels (vectors and labels, one-hot, tiled); `layers` times conv-ReLU, then a
    conv; odd kernels, size kept. `activation: auto` is none, unless the output's field declares the range [-1, 1]: a
    difference of images lies on [-2, 2]. The paper's are 7, 7 and 5 with width 64 or 128. Weights start as torch's do.
    Raises ValueError for maps of another size than the output's, and for an even kernel.
    """

    name = "lapgan"
    paper = "Denton, Chintala, Szlam & Fergus 2015, arXiv:1506.05751"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        layers: Annotated[int, Ge(1)] = 2,
        kernel: Annotated[int, Gt(0)] = 7,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator lapgan"
        if kernel % 2 == 0:
            raise ValueError(f"{owner} wants an odd kernel, got {kernel}; the nearest are {kernel - 1} or {kernel + 1}")
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        channels, *self.size = image_shape(field, owner)
        before = map_channels(self.inputs, *self.size, owner)
        stack: list[nn.Module] = []
        for _ in range(layers):
            stack += [nn.Conv2d(before, width, kernel, padding=kernel // 2), nn.ReLU(inplace=True)]
            before = width
        stack += [nn.Conv2d(before, channels, kernel, padding=kernel // 2)]
        self.net = nn.Sequential(*stack, *bounded(activation, field, undeclared=False))

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.net(torch.cat(as_maps(self.inputs, inputs, *self.size, next(self.parameters()).dtype), 1))


@hookimpl
def rivalry_components():
    return [LapganGenerator]
