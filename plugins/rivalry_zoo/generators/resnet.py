"""The residual generator of WGAN-GP and SNGAN."""

from collections.abc import Callable
from typing import Annotated

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator, Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.conditions import heard, informed, told_apart
from rivalry_zoo.blocks.inputs import vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.residual import UpBlock, initialise_glorot
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.norms.batch import BatchNorm


class ResnetGenerator(Generator):
    """Linear to the base's maps, k pre-activation blocks that double them, norm-ReLU-conv3: an image [N, C, H, W].

    k and the base are those of generator dcgan: 32 -> 4x4 (k = 3), 28 -> 7x7 (k = 2). `width` channels throughout: 256
    is SNGAN's for 32x32, 128 WGAN-GP's (arXiv:1704.00028). Glorot weights, gain sqrt(2) in the blocks. Latents and
    conditions enter as one vector, labels one-hot. Norms that take a condition are told the inputs after the first (a
    label, a map, or else one vector), which then do not enter, or the latent if it is alone. `activation: auto` is
    tanh, unless the output's field declares a range other than [-1, 1]. Raises ValueError with the nearest sizes for
    one that does not halve so.
    """

    name = "resnet"
    paper = "Miyato et al. 2018, arXiv:1802.05957"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 256,
        norm: Callable[[int], Norm] = BatchNorm,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator resnet"
        (self.entering, self.told), field = told_apart(as_inputs(inputs), norm), real_valued(as_field(output), owner)
        norm = informed(norm, self.told, owner)
        channels, *size = image_shape(field, owner)
        times, *self.base = halvings(*size, owner)
        height, breadth = self.base
        self.start = nn.Linear(vector_width(self.entering, owner), width * height * breadth)
        self.blocks = nn.ModuleList([UpBlock(width, width, norm) for _ in range(times)])
        self.norm = norm(width)
        last = [nn.ReLU(), nn.Conv2d(width, channels, 3, padding=1)]
        self.end = nn.Sequential(*last, *bounded(activation, field, undeclared=True))
        initialise_glorot(self)

    def forward(self, *inputs: Tensor) -> Tensor:
        code, condition = heard(self.entering, self.told, inputs, self)
        x = rearrange(self.start(code), "n (c h w) -> n c h w", h=self.base[0], w=self.base[1])
        for block in self.blocks:
            x = block(x, condition)
        return self.end(self.norm(x, condition))


@hookimpl
def rivalry_components():
    return [ResnetGenerator]
