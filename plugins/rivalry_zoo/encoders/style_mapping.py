"""The mapping network of the style-based generators."""

from itertools import pairwise
from typing import Annotated

import torch
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Encoder
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.equalised import EqualisedLinear, rectified, unit_square
from rivalry_zoo.blocks.inputs import as_vector, vector_width


class StyleMapping(Encoder):
    """M(z, ...): a code [N, d] to a style w [N, width] by `layers` linear layers with LeakyReLU(0.2).

    The code is divided by its root mean square first, hence only its direction counts. Conditions, labels one-hot, are
    embedded linearly in `width` numbers, divided likewise and appended. Equal learning rates with the `multiplier`
    0.01, which is why one learning rate serves mapping and synthesis. The papers' width is 512, their layers are 8.
    """

    name = "style_mapping"
    paper = "Karras, Laine & Aila 2018, arXiv:1812.04948"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 512,
        layers: Annotated[int, Gt(0)] = 8,
        multiplier: Annotated[float, Gt(0)] = 0.01,
    ) -> None:
        super().__init__()
        code, *conditions = self.inputs = as_inputs(inputs)
        self.conditions, inside = tuple(conditions), vector_width((code,), "encoder style_mapping")
        self.embed = None
        if conditions:
            self.embed = EqualisedLinear(vector_width(self.conditions, "encoder style_mapping"), width, gain=1.0)
            inside += width
        sizes = [inside, *[width] * layers]
        self.layers = nn.ModuleList(
            EqualisedLinear(before, after, multiplier=multiplier) for before, after in pairwise(sizes)
        )

    def forward(self, *inputs: Tensor) -> Tensor:
        w = unit_square(as_vector(self.inputs[:1], inputs[:1], self))
        if self.embed is not None:
            told = unit_square(self.embed(as_vector(self.conditions, inputs[1:], self)))
            w = torch.cat([w, told], 1)
        for layer in self.layers:
            w = rectified(layer(w))
        return w


@hookimpl
def rivalry_components():
    return [StyleMapping]
