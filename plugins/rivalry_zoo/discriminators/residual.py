"""The residual critic of StyleGAN2."""

from itertools import pairwise
from math import sqrt
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.epilogue import Epilogue
from rivalry_zoo.blocks.equalised import EqualisedConv, rectified
from rivalry_zoo.blocks.growing import widths
from rivalry_zoo.blocks.resampling import SmoothHalving
from rivalry_zoo.blocks.sizes import halvings, image_shape


class ResidualBlock(nn.Module):
    """(conv3-conv3-halve + halve-conv1 of the input) / sqrt(2): [N, C, h, w] -> [N, C', h/2, w/2]."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first, self.second = EqualisedConv(inside, inside), EqualisedConv(inside, outside, bias=False)
        self.bias = nn.Parameter(self.second.weight.new_zeros(outside))
        self.skip, self.halve = EqualisedConv(inside, outside, 1, gain=1.0, bias=False), SmoothHalving()

    def forward(self, x: Tensor) -> Tensor:
        y = rectified(self.halve(self.second(rectified(self.first(x)))) + self.bias[:, None, None])
        return (y + self.skip(self.halve(x))) / sqrt(2)


class ResidualDiscriminator(Discriminator):
    """Images [N, C, H, W] to scores [N]: conv1, k residual blocks that halve the maps, conv3, two linear layers.

    k and the base are those of generator dcgan: 32 -> 4x4 (k = 3), 28 -> 7x7 (k = 2). Channels are `width` at the
    image's size and double towards the base, up to `most`; the paper's at 1024 are 32 and 512. LeakyReLU(0.2); halving
    filters by [1, 3, 3, 1]; equal learning rates. `minibatch_stddev` adds the group's mean standard deviation to the
    base's maps, so that a lack of variety shows; it couples samples weakly. Conditions are projected (arXiv:1802.05637)
    on the last features. Raises ValueError for sizes that do not halve so.
    """

    name = "residual"
    paper = "Karras, Laine, Aittala, Hellsten, Lehtinen & Aila 2019, arXiv:1912.04958"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 32,
        most: Annotated[int, Gt(0)] = 512,
        minibatch_stddev: bool = True,
    ) -> None:
        super().__init__()
        owner = "discriminator residual"
        sample, *conditions = as_inputs(inputs)
        colours, *size = image_shape(sample, owner)
        times, *base = halvings(*size, owner)
        channels = widths(times + 1, width, most)[::-1]
        self.body = nn.Sequential(*[ResidualBlock(inside, outside) for inside, outside in pairwise(channels)])
        self.from_image = EqualisedConv(colours, channels[0], 1)
        self.end = Epilogue(channels[-1], base, tuple(conditions), minibatch_stddev, owner)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.end(self.body(rectified(self.from_image(x))), conditions)


@hookimpl
def rivalry_components():
    return [ResidualDiscriminator]
