"""The critic of sounds."""

from typing import Annotated

from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.inputs import vector_width
from rivalry_zoo.blocks.sequences import beside, quarterings, sequence_shape


class WaveDiscriminator(Discriminator):
    """WaveGAN's critic: k convolutions of size 25 and stride 4 take a sound [N, c, L] to its base, one linear to [N].

    k, base and channels mirror generator wave; LeakyReLU(0.2), no norms. The paper shifts the maps between layers by
    random phases; operation `phase_shuffle` does that to the sound, as in `D(phase_shuffle(_))`. Conditions (vectors;
    labels one-hot) are tiled along the sound as further channels. Raises ValueError with the nearest lengths for one
    that does not divide so.
    """

    name = "wave"
    paper = "Donahue, McAuley & Puckette 2018, arXiv:1802.04208"

    def __init__(self, inputs: Given[Inputs], *, width: Annotated[int, Gt(0)] = 16) -> None:
        super().__init__()
        owner = "discriminator wave"
        sample, *conditions = as_inputs(inputs)
        channels, length = sequence_shape(sample, owner)
        times, base = quarterings(length, owner)
        self.conditions = tuple(conditions)
        before = channels + (vector_width(self.conditions, owner) if conditions else 0)
        stack: list[nn.Module] = []
        for stage in range(times):
            stack += [nn.Conv1d(before, width * 2**stage, 25, 4, 11), nn.LeakyReLU(0.2, inplace=True)]
            before = width * 2**stage
        self.body, self.head = nn.Sequential(*stack), nn.Linear(before * base, 1)

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        maps = self.body(beside(x, self.conditions, conditions, self))
        return self.head(rearrange(maps, "n c l -> n (c l)")).squeeze(1)


@hookimpl
def rivalry_components():
    return [WaveDiscriminator]
