"""The fully connected discriminator."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import perceptron
from rivalry_zoo.norms.none import NoNorm


class MlpDiscriminator(Discriminator):
    """Sample and conditions as one vector (labels one-hot), `layers` times linear-norm-ReLU, linear: scores [N].

    Weights start as torch's linear layers do. Raises ValueError for maps of labels among the inputs.
    """

    name = "mlp"
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 128,
        layers: Annotated[int, Ge(0)] = 3,
        norm: Callable[[int], Norm] = NoNorm,
    ) -> None:
        super().__init__()
        self.inputs = as_inputs(inputs)
        inside = vector_width(self.inputs, "discriminator mlp")
        self.net = nn.Sequential(*perceptron(inside, 1, width, layers, norm))

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        return self.net(as_vector(self.inputs, (x, *conditions), self)).squeeze(1)


@hookimpl
def rivalry_components():
    return [MlpDiscriminator]
