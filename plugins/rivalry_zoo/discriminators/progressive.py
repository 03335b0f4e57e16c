"""The critic of progressive GANs, which grows with its generator."""

from itertools import pairwise
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.epilogue import Epilogue
from rivalry_zoo.blocks.equalised import EqualisedConv, rectified
from rivalry_zoo.blocks.growing import blend, halved, stage, widths
from rivalry_zoo.blocks.sizes import halvings, image_shape


class ProgressiveDiscriminator(Discriminator):
    """D(x, growth): scores [N] of images [N, C, H, W] at growth `levels - 1`, and of smaller ones below.

    The mirror of generator progressive: a conv1 of the level's own from the image, two convolutions and a halving per
    level down to the base, there conv3, a layer over all places and a linear one. With level l at the share a, growth =
    l - 1 + a, its features are (1 - a) (those of the halved image at level l - 1) + a (those of level l): at a = 0 the
    smaller network on the halved image, at a = 1 the larger one alone, both bit for bit. Without a growth it is fully
    grown.

    `minibatch_stddev` adds the group's mean standard deviation to the base's maps, so that a lack of variety shows; it
    couples samples weakly. Channels as in the generator; LeakyReLU(0.2); equal learning rates. Conditions are projected
    (arXiv:1802.05637) on the last features. `growth` stands after all inputs and must be known on the host. Raises
    ValueError for sizes that do not halve so, and for a growth that is not within [0, levels - 1].
    """

    name = "progressive"
    paper = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"
    host_numbers = True

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        width: Annotated[int, Gt(0)] = 32,
        most: Annotated[int, Gt(0)] = 512,
        minibatch_stddev: bool = True,
    ) -> None:
        super().__init__()
        owner = "discriminator progressive"
        sample, *conditions = as_inputs(inputs)
        colours, *size = image_shape(sample, owner)
        times, *base = halvings(*size, owner)
        channels = widths(times + 1, width, most)
        self.conditions = len(conditions)
        self.from_image = nn.ModuleList(EqualisedConv(colours, inside, 1) for inside in channels)
        self.blocks = nn.ModuleList(
            nn.ModuleList([EqualisedConv(inside, inside), EqualisedConv(inside, outside)])
            for outside, inside in pairwise(channels)
        )
        self.end = Epilogue(channels[0], base, tuple(conditions), minibatch_stddev, owner)

    def forward(self, x: Tensor, *values: Tensor | float) -> Tensor:
        conditions, rest = values[: self.conditions], values[self.conditions :]
        level, share = stage(rest[0], len(self.from_image)) if rest else (len(self.blocks), 1.0)
        return self.scores(x, conditions, level, share)

    def scores(self, x: Tensor, conditions: tuple[Tensor, ...], level: int, share: float) -> Tensor:
        """Scores [N] of images of the size of a level that counts for `share`."""
        maps = self._opening(x, level)
        for below in reversed(range(level)):
            for layer in self.blocks[below]:
                maps = rectified(layer(maps))
            maps = halved(maps)
            if below == level - 1 and share < 1:
                maps = blend(self._opening(halved(x), below), maps, share)
        return self.end(maps, conditions)

    def _opening(self, x: Tensor, level: int) -> Tensor:
        return rectified(self.from_image[level](x))


@hookimpl
def rivalry_components():
    return [ProgressiveDiscriminator]
