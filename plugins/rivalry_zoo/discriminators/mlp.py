"""The fully connected discriminator."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator, Norm
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.heads import Branches, Heads, as_scores, branch_names
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import perceptron
from rivalry_zoo.norms.none import NoNorm


class MlpDiscriminator(Discriminator):
    """Sample and conditions as one vector (labels one-hot), `layers` times linear-norm-ReLU, linear: scores [N].

    For an objective that judges vectors it gives `scores` numbers a sample, [N, scores].
    `heads` are linear layers beside the last and `taps` (layer1, layer2, ...) what an inner layer gives after its ReLU:
    named outputs, as in `D(x).code` and `D(x).layer2`. A head of `classes` gives logits [N, classes], one of `gaussian`
    means and log-variances [N, gaussian], one of both all three. Weights start as torch's linear layers do.

    Raises ValueError for maps of labels among the inputs, and for heads and taps that do not fit.
    """

    name = "mlp"
    paper = "Goodfellow et al. 2014, arXiv:1406.2661"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        scores: Given[int] = 1,
        width: Annotated[int, Gt(0)] = 128,
        layers: Annotated[int, Ge(0)] = 3,
        norm: Callable[[int], Norm] = NoNorm,
        heads: Heads | None = None,
        taps: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.inputs = as_inputs(inputs)
        inside = vector_width(self.inputs, "discriminator mlp")
        self.net = nn.Sequential(*perceptron(inside, scores, width, layers, norm))
        each = len(self.net) // max(layers, 1)
        places = {f"layer{number}": number * each - 1 for number in range(1, layers + 1)}
        self.branches = Branches(heads, taps, width if layers else inside, places, "discriminator mlp")

    @classmethod
    def outputs_of(cls, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        return branch_names(arguments)

    def forward(self, x: Tensor, *conditions: Tensor) -> Any:
        *layers, last = self.net
        features, tapped = self.branches.through(layers, as_vector(self.inputs, (x, *conditions), self))
        return self.branches.beside(as_scores(last(features)), features, tapped)


@hookimpl
def rivalry_components():
    return [MlpDiscriminator]
