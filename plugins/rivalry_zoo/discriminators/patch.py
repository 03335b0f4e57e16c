"""The discriminator that scores patches."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.layers import initialise_normal, normed, shifts
from rivalry_zoo.blocks.sizes import image_shape
from rivalry_zoo.norms.batch import BatchNorm


class PatchDiscriminator(Discriminator):
    """PatchGAN: scores [N, 1, h, w], each of one patch of the image [N, C, H, W], with h = H // 2^layers - 2.

    `layers` convolutions of 4x4 and stride 2, then two of stride 1; LeakyReLU(0.2); norm on all but the first and
    last; channels width * min(2^i, 8); a bias where no norm brings one. One, three and five layers see patches of 16,
    70 and 286. Labels and vectors are tiled, maps of the image's size (pix2pix's condition) taken as they are, and
    appended to the image's channels. Weights start as N(0, 0.02). Any size from 3 * 2^layers on, also at run time;
    ValueError below that and for conditions of another size. With the default norm it couples its batch.
    """

    name = "patch"
    paper = "Isola et al. 2017, arXiv:1611.07004"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 64,
        layers: Annotated[int, Ge(1)] = 3,
        norm: Callable[[int], Norm] = BatchNorm,
    ) -> None:
        super().__init__()
        sample, *conditions = as_inputs(inputs)
        self.conditions = tuple(conditions)
        channels, height, breadth = image_shape(sample, "discriminator patch")
        least = 3 * 2**layers
        if min(height, breadth) < least:
            raise ValueError(
                f"discriminator patch of {layers} layers wants sides of {least} or more, got {height}x{breadth}; "
                f"the nearest size is {max(height, least)}x{max(breadth, least)}, or take fewer layers"
            )
        channels += map_channels(self.conditions, height, breadth, "discriminator patch")
        stack = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        before = width
        for layer in range(1, layers + 1):
            after, stride = width * min(2**layer, 8), 2 if layer < layers else 1
            chosen = norm(after)
            stack += [nn.Conv2d(before, after, 4, stride, 1, bias=not shifts(chosen)), *normed(chosen, 0.2)]
            before = after
        self.net = nn.Sequential(*stack, nn.Conv2d(before, 1, 4, 1, 1))
        initialise_normal(self)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.net(with_maps(x, self.conditions, conditions))


@hookimpl
def rivalry_components():
    return [PatchDiscriminator]
