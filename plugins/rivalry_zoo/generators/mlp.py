"""The fully connected generator."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, perceptron, real_valued, through
from rivalry_zoo.norms.none import NoNorm


class MlpGenerator(Generator):
    """Inputs as one vector (labels one-hot), `layers` times linear-norm-ReLU, linear: a sample [N, ...] of any shape.

    `activation: auto` is tanh where the output's field declares the range [-1, 1], and none otherwise. Weights start
    as torch's linear layers do. Raises ValueError for an output of labels and for maps of labels among the inputs.
    """

    name = "mlp"
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 128,
        layers: Annotated[int, Ge(0)] = 3,
        norm: Callable[[int], Norm] = NoNorm,
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), "generator mlp")
        self.shape = field.shape
        inside = vector_width(self.inputs, "generator mlp")
        stack = perceptron(inside, field.size, width, layers, norm)
        self.net = nn.Sequential(*stack, *bounded(activation, field, undeclared=False))

    def forward(self, *inputs: Tensor) -> Tensor:
        code = as_vector(self.inputs, inputs, self)
        condition = code[:, self.inputs[0].width :] if len(inputs) > 1 else None
        sample = through(self.net, code, condition)
        return sample if len(self.shape) == 1 else sample.reshape(len(sample), *self.shape)


@hookimpl
def rivalry_components():
    return [MlpGenerator]
