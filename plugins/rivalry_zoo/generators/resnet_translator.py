"""The generator that translates images, of style transfer and CycleGAN."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import map_channels, with_maps
from rivalry_zoo.blocks.layers import Activation, bounded, initialise_normal, normed, real_valued, shifts
from rivalry_zoo.blocks.sizes import image_shape, nearest
from rivalry_zoo.blocks.translation import Padding, PostActivationBlock, same_conv
from rivalry_zoo.norms.instance import InstanceNorm


class ResnetTranslator(Generator):
    """An image [N, C, H, W] as another of the same size: conv7, k halvings, residual blocks, k doublings, conv7.

    k = `downsamplings` convolutions of 3x3 and stride 2 that double the channels from `width` on, `blocks` residual
    blocks, k transposed convolutions of 3x3 and stride 2; norm and ReLU after every convolution but the last and the
    blocks' second; a bias where no norm brings one. `padding: reflect` is that of the two 7x7 and of the blocks; it
    leaves a tiled label constant, which an instance norm then erases, so conditional games want `zeros`, as in
    StarGAN. Further inputs join the image's channels: vectors and labels tiled, maps of the image's size as they are.
    Weights start as N(0, 0.02). The authors take 9 blocks from 256x256 on, 6 below. `activation: auto` is tanh, unless
    the output's field declares a range other than [-1, 1]. Raises ValueError for another size of output, for sides that
    2^k does not divide or that are too small to reflect.
    """

    name = "resnet_translator"
    paper = "Johnson, Alahi & Fei-Fei 2016, arXiv:1603.08155; as in Zhu et al. 2017 (CycleGAN), arXiv:1703.10593"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        blocks: Annotated[int, Ge(0)] = 6,
        downsamplings: Annotated[int, Ge(0)] = 2,
        norm: Callable[[int], Norm] = InstanceNorm,
        padding: Padding = "reflect",
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator resnet_translator"
        source, *conditions = as_inputs(inputs)
        self.conditions, field = tuple(conditions), real_valued(as_field(output), owner)
        inside, *size = image_shape(source, owner)
        outside, *to_size = image_shape(field, owner)
        if size != to_size:
            raise ValueError(f"{owner} keeps the size of an image, got {source} for {field}; resize it in the flow")

        def fits(height: int, breadth: int) -> bool:
            return all(
                side % 2**downsamplings == 0 and side >= max(4, 2 * 2**downsamplings) for side in (height, breadth)
            )

        if not fits(*size):
            raise ValueError(
                f"{owner} of {downsamplings} downsamplings wants sides divisible by {2**downsamplings} and not too "
                f"small, got {size[0]}x{size[1]}; the nearest sizes are {nearest(*size, fits)}"
            )
        first, here = norm(width), width
        inside += map_channels(self.conditions, *size, owner)
        stack = [same_conv(inside, width, 7, padding, not shifts(first)), *normed(first)]
        for _ in range(downsamplings):
            chosen = norm(2 * here)
            stack += [nn.Conv2d(here, 2 * here, 3, 2, 1, bias=not shifts(chosen)), *normed(chosen)]
            here *= 2
        stack += [PostActivationBlock(here, norm, padding) for _ in range(blocks)]
        for _ in range(downsamplings):
            chosen = norm(here // 2)
            stack += [nn.ConvTranspose2d(here, here // 2, 3, 2, 1, 1, bias=not shifts(chosen)), *normed(chosen)]
            here //= 2
        last = same_conv(width, outside, 7, padding, True)
        self.net = nn.Sequential(*stack, last, *bounded(activation, field, undeclared=True))
        initialise_normal(self)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.net(with_maps(x, self.conditions, conditions))


@hookimpl
def rivalry_components():
    return [ResnetTranslator]
