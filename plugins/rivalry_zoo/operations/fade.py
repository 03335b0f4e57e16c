"""Images that grow."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.growing import blend, doubled, halved, stage
from rivalry_zoo.blocks.sizes import halvings, image_shape


@frozen
class Fade(Operation):
    """fade(x, growth): images [N, C, H, W] as the generator `progressive` makes them at this growth.

    With level l at the share a, growth = l - 1 + a, x is averaged down to the size of level l, y, and
    (1 - a) up(down(y)) + a y is returned: at a = 0 the next smaller image with doubled pixels, at a = 1 y itself, both
    bit for bit. Levels are the halvings of x down to a shorter side of 4 to 7: 32x32 has the four 4, 8, 16 and 32.
    Raises ValueError for sizes that do not halve so, and for a growth beyond the levels.
    """

    name: ClassVar[str] = "fade"
    paper: ClassVar[str] = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"
    host_numbers: ClassVar[bool] = True

    def __call__(self, x: Tensor, growth: float) -> Tensor:
        _, height, width = image_shape(Field(x.shape[1:]), "fade")
        times = halvings(height, width, "fade")[0]
        level, share = stage(growth, times + 1)
        for _ in range(times - level):
            x = halved(x)
        return x if share == 1 else blend(doubled(halved(x)), x, share)


@hookimpl
def rivalry_components():
    return [Fade]
