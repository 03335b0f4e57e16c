"""The fully connected encoder."""

from collections.abc import Callable
from typing import Annotated, Literal

from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Encoder, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.heads import Gaussian, gaussian
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import Activation, bounded, perceptron, real_valued
from rivalry_zoo.norms.none import NoNorm


class MlpEncoder(Encoder):
    """Inputs as one vector (labels one-hot), `layers` times linear-norm-ReLU, linear: a code of the output's shape.

    `head: plain` gives the code [N, ...]; its `activation: auto` is tanh where the code's field declares the range
    [-1, 1], as a uniform latent's does, and none otherwise. `head: gaussian` gives Gaussian(mean, log_variance), each
    [N, ...], for `draw(E(x))` and `kl_normal`. Weights start as torch's linear layers do. Raises ValueError for a code
    of labels and for maps of labels among the inputs.
    """

    name = "mlp"
    paper = "Donahue, Krahenbuhl & Darrell 2016, arXiv:1605.09782"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 128,
        layers: Annotated[int, Ge(0)] = 3,
        norm: Callable[[int], Norm] = NoNorm,
        head: Literal["plain", "gaussian"] = "plain",
        activation: Activation = "auto",
    ) -> None:
        super().__init__()
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), "encoder mlp")
        self.shape, self.is_gaussian = field.shape, head == "gaussian"
        inside, outside = vector_width(self.inputs, "encoder mlp"), field.size * (2 if self.is_gaussian else 1)
        self.net = nn.Sequential(*perceptron(inside, outside, width, layers, norm))
        self.bound = nn.Sequential(*bounded(activation, field, undeclared=False))

    def forward(self, *inputs: Tensor) -> Tensor | Gaussian:
        values = self.net(as_vector(self.inputs, inputs, self))
        if self.is_gaussian:
            return gaussian(values, self.shape)
        return self.bound(values).reshape(len(values), *self.shape)


@hookimpl
def rivalry_components():
    return [MlpEncoder]
