"""The transposed-convolution generator of DCGAN."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator, Norm
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.conditions import heard, informed, told_apart
from rivalry_zoo.blocks.inputs import vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, initialise_normal, normed, real_valued, through
from rivalry_zoo.blocks.sizes import halvings, image_shape
from rivalry_zoo.norms.batch import BatchNorm


class DcganGenerator(Generator):
    """A code grows by a base-sized transposed convolution, then k of 4x4 and stride 2, to an image [N, C, H, W].

    k is the number of halvings that leave the shorter side 4 to 7: 64 -> 4x4 (k = 4), 28 -> 7x7 (k = 2), 64x32 -> 8x4.
    Channels are width * 2^(k-1) at the base and halve at every stage; norm and ReLU between; no biases; weights start
    as N(0, 0.02). Latents and conditions enter as one vector, labels one-hot. Norms that take a condition are told the
    inputs after the first (a label, a map, or else one vector), which then do not enter, or the latent if it is alone.
    `activation: auto` is tanh, unless the output's field declares a range other than [-1, 1]. Raises ValueError with
    the nearest sizes for one that does not halve so.
    """

    name = "dcgan"
    paper = "Radford, Metz & Chintala 2015, arXiv:1511.06434"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        norm: Callable[[int], Norm] = BatchNorm,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator dcgan"
        (self.entering, self.told), field = told_apart(as_inputs(inputs), norm), real_valued(as_field(output), owner)
        norm = informed(norm, self.told, owner)
        channels, *size = image_shape(field, owner)
        times, *base = halvings(*size, owner)
        inside, top = vector_width(self.entering, owner), width * 2 ** (times - 1)
        stack = [nn.ConvTranspose2d(inside, top, tuple(base), bias=False), *normed(norm(top))]
        while top > width:
            stack += [nn.ConvTranspose2d(top, top // 2, 4, 2, 1, bias=False), *normed(norm(top // 2))]
            top //= 2
        stack += [nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False)]
        self.net = nn.Sequential(*stack, *bounded(activation, field, undeclared=True))
        initialise_normal(self)

    def forward(self, *inputs: Tensor) -> Tensor:
        code, condition = heard(self.entering, self.told, inputs, self)
        return through(self.net, code[:, :, None, None], condition)


@hookimpl
def rivalry_components():
    return [DcganGenerator]
