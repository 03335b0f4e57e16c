"""The generator of BEGAN: its critic's decoder."""

from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.began import EluDecoder
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, real_valued
from rivalry_zoo.blocks.sizes import halvings, image_shape


class BeganGenerator(Generator):
    """A code becomes maps of a base's size, which pairs of 3x3 convolutions with ELU double k times: [N, C, H, W].

    The same block, with weights of its own, as the decoder of discriminator autoencoder. k and the base are those of
    generator dcgan: 28 -> 7x7 (k = 2). `width` channels throughout, 64 or 128 in the paper; neither norms nor, unless
    `activation: tanh` or `auto` (where the output's field declares [-1, 1]) asks for it, an activation at the end.
    Latents and conditions are one vector, labels one-hot. The paper's residual and skip connections are left out: they
    serve deeper decoders. Raises ValueError with the nearest sizes for one that does not halve so.
    """

    name = "began"
    paper = "Berthelot, Schumm & Metz 2017, arXiv:1703.10717"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        activation: Activation = "none",
    ) -> None:
        super().__init__()
        owner = "generator began"
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        channels, *size = image_shape(field, owner)
        times, height, breadth = halvings(*size, owner)
        self.decoder = EluDecoder(vector_width(self.inputs, owner), channels, width, times, (height, breadth))
        self.end = nn.Sequential(*bounded(activation, field, undeclared=True))

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.end(self.decoder(as_vector(self.inputs, inputs, self)))


@hookimpl
def rivalry_components():
    return [BeganGenerator]
