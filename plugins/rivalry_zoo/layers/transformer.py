"""A causal transformer that foretells symbols, one after the other."""

from math import prod
from typing import Annotated

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Layer
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.attention import Attention
from rivalry_zoo.blocks.inputs import as_vector, vector_width


class TransformerBlock(nn.Module):
    """x + attention(norm(x)), then + MLP(norm(x)) of four times the width with GELU; causal."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_first, self.attention = nn.LayerNorm(width), Attention(width, heads, causal=True)
        self.second = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm_first(x))
        return x + self.second(x)


class Transformer(Layer):
    """Whole numbers [N, ...] as logits of each given those before it, [N, codes, ...], in reading order.

    The logits at a place are a function of the symbols before that place and of the conditions alone, so
    `{use: cross_entropy, of: [T(indices), indices]}` is minus the log-likelihood of a map per symbol. Conditions
    (labels one-hot, vectors) become the token that stands before the first symbol; places are told by learnt vectors.
    `layers` pre-norm blocks of `heads` heads, GPT-2's. `codes` is how many symbols there are: unless it is said, the
    classes of the input's field, which a quantiser's indices do not have. Weights start as N(0, 0.02), biases at 0.

    Raises ValueError where neither says it, for a first input of no places, and for heads that do not divide the width.
    """

    name = "transformer"
    paper = "Vaswani et al. 2017, arXiv:1706.03762; as a prior of codes, Esser et al. 2020, arXiv:2012.09841"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        codes: Annotated[int, Gt(0)] | None = None,
        width: Annotated[int, Gt(0)] = 64,
        layers: Annotated[int, Ge(1)] = 2,
        heads: Annotated[int, Gt(0)] = 4,
    ) -> None:
        super().__init__()
        symbols, *conditions = as_inputs(inputs)
        self.shape, self.conditions, count = symbols.shape, tuple(conditions), codes or symbols.classes
        if count is None or not self.shape:
            lacks = "a map or row of symbols" if not self.shape else "the number of symbols"
            raise ValueError(f"layer transformer wants {lacks}, got {symbols}; give it indices and say codes: 1024")
        if symbols.classes not in (None, count):
            raise ValueError(f"codes must be the {symbols.classes} that the input has, got {count}; leave it out")
        if width % heads:
            raise ValueError(f"heads must divide the width {width}, got {heads}; take {_divisor(width, heads)}")
        self.symbols, self.places = nn.Embedding(count, width), nn.Parameter(torch.zeros(prod(self.shape), width))
        self.start = nn.Parameter(torch.zeros(width))
        self.told = nn.Linear(vector_width(self.conditions, "layer transformer"), width) if conditions else None
        self.blocks = nn.Sequential(*(TransformerBlock(width, heads) for _ in range(layers)), nn.LayerNorm(width))
        self.last = nn.Linear(width, count)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, 0.0, 0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)
        nn.init.normal_(self.places, 0.0, 0.02)

    def forward(self, indices: Tensor, *conditions: Tensor) -> Tensor:
        row = rearrange(indices, "n ... -> n (...)")
        logits = self.continued(row[:, :-1], *conditions)
        return rearrange(logits, "n l k -> n k l").unflatten(2, self.shape)

    def continued(self, row: Tensor, *conditions: Tensor) -> Tensor:
        """Logits [N, l + 1, codes] of the symbols of a row's beginning [N, l] and of the one that comes next."""
        start = self.start.expand(len(row), 1, -1)
        if self.told is not None:
            start = start + self.told(as_vector(self.conditions, conditions, self)).unsqueeze(1)
        tokens = torch.cat([start, self.symbols(row)], 1)
        return self.last(self.blocks(tokens + self.places[: tokens.shape[1]]))


def _divisor(width: int, heads: int) -> int:
    return min((n for n in range(1, width + 1) if width % n == 0), key=lambda n: abs(n - heads))


@hookimpl
def rivalry_components():
    return [Transformer]
