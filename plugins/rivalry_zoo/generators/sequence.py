"""The convolutional generator of texts."""

from typing import Annotated

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Field, Inputs, as_field, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Generator
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import as_vector, vector_width
from rivalry_zoo.blocks.layers import real_valued
from rivalry_zoo.blocks.sequences import SequenceBlock, sequence_shape


class SequenceGenerator(Generator):
    """A code becomes a map [width, L], runs through `blocks` residual blocks, and ends in logits of symbols [N, V, L].

    Latents and conditions are one vector, labels one-hot; one linear layer makes the map, a block is x + 0.3 *
    conv(ReLU(conv(ReLU(x)))) with odd kernels of 5, and a convolution of size 1 gives V numbers for each place. No
    activation at the end: `softmax` or `gumbel_softmax` in the flow makes symbols of logits. The paper's width is 512.
    Weights start as torch's do. Raises ValueError for an output that is no sequence V x L, and for an even kernel.
    """

    name = "sequence"
    paper = "Gulrajani et al. 2017, arXiv:1704.00028 (section 5, character-level language)"

    def __init__(
        self,
        inputs: Given[Inputs],
        output: Given[Field],
        *,
        width: Annotated[int, Gt(0)] = 64,
        blocks: Annotated[int, Ge(0)] = 3,
        kernel: Annotated[int, Gt(0)] = 5,
    ) -> None:
        super().__init__()
        owner = "generator sequence"
        if kernel % 2 == 0:
            raise ValueError(f"{owner} wants an odd kernel, got {kernel}; the nearest are {kernel - 1} or {kernel + 1}")
        self.inputs, field = as_inputs(inputs), real_valued(as_field(output), owner)
        symbols, self.length = sequence_shape(field, owner)
        self.opening = nn.Linear(vector_width(self.inputs, owner), width * self.length)
        self.blocks = nn.Sequential(*(SequenceBlock(width, kernel) for _ in range(blocks)))
        self.last = nn.Conv1d(width, symbols, 1)

    def forward(self, *inputs: Tensor) -> Tensor:
        code = self.opening(as_vector(self.inputs, inputs, self))
        return self.last(self.blocks(rearrange(code, "n (c l) -> n c l", l=self.length)))


@hookimpl
def rivalry_components():
    return [SequenceGenerator]
