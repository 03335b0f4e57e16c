"""The convolutional critic of texts."""

from typing import Annotated

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Ge, Given, Gt
from rivalry_zoo.blocks.inputs import vector_width
from rivalry_zoo.blocks.sequences import SequenceBlock, beside, sequence_shape


class SequenceDiscriminator(Discriminator):
    """A sequence [N, V, L], one-hot or soft, through conv1, `blocks` residual blocks and one linear layer: scores [N].

    The mirror of generator sequence: blocks x + 0.3 * conv(ReLU(conv(ReLU(x)))), odd kernels of 5, no norms, so that
    gradient penalties hold. Conditions (vectors; labels one-hot) are tiled along the sequence as further channels.
    Raises ValueError for a sample that is no sequence, for maps of labels, and for an even kernel.
    """

    name = "sequence"
    paper = "Gulrajani et al. 2017, arXiv:1704.00028 (section 5, character-level language)"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 64,
        blocks: Annotated[int, Ge(0)] = 3,
        kernel: Annotated[int, Gt(0)] = 5,
    ) -> None:
        super().__init__()
        owner = "discriminator sequence"
        if kernel % 2 == 0:
            raise ValueError(f"{owner} wants an odd kernel, got {kernel}; the nearest are {kernel - 1} or {kernel + 1}")
        sample, *conditions = as_inputs(inputs)
        symbols, length = sequence_shape(sample, owner)
        self.conditions = tuple(conditions)
        inside = symbols + (vector_width(self.conditions, owner) if conditions else 0)
        self.first = nn.Conv1d(inside, width, 1)
        self.blocks = nn.Sequential(*(SequenceBlock(width, kernel) for _ in range(blocks)))
        self.last = nn.Linear(width * length, 1)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        maps = self.blocks(self.first(beside(x, self.conditions, conditions, self)))
        return self.last(rearrange(maps, "n c l -> n (c l)")).squeeze(1)


@hookimpl
def rivalry_components():
    return [SequenceDiscriminator]
