"""The generator of sounds."""

from typing import Annotated

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.sequences import quarterings, sequence_shape


class WaveGenerator(Generator):
    """WaveGAN: a code becomes [C, base], then k transposed convolutions of size 25 and stride 4 make a sound [N, c, L].

    k is the number of quarterings that leave 16 to 63 samples: 16384 -> 16 (k = 5, the paper's), 1024 -> 16 (k = 3).
    Channels are width * 2^(k-1) at the base and halve at every stage; ReLU between, no norms. The paper's width is 64.
    Latents and conditions are one vector, labels one-hot. `activation: auto` is tanh, unless the output's field
    declares a range other than [-1, 1]. Weights start as torch's do. Raises ValueError with the nearest lengths for one
    that does not divide so.
    """

    name = "wave"
    paper = "Donahue, McAuley & Puckette 2018, arXiv:1802.04208"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 16,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        owner = "generator wave"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        channels, length = sequence_shape(field, owner)
        times, self.base = quarterings(length, owner)
        top = width * 2 ** (times - 1)
        self.opening = nn.Linear(vector_width(self.inputs, owner), top * self.base)
        stack: list[nn.Module] = [nn.ReLU()]
        while top > width:
            stack += [nn.ConvTranspose1d(top, top // 2, 25, 4, 11, 1), nn.ReLU()]
            top //= 2
        stack += [nn.ConvTranspose1d(width, channels, 25, 4, 11, 1)]
        self.net = nn.Sequential(*stack, *bounded(activation, field, undeclared=True))

    def forward(self, *inputs: Tensor) -> Tensor:
        code = self.opening(as_vector(self.inputs, inputs, self))
        return self.net(rearrange(code, "n (c l) -> n c l", l=self.base))


@hookimpl
def rivalry_components():
    return [WaveGenerator]
