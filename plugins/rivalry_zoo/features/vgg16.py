"""VGG16: what the convolutions of a photograph classifier see, and how far pictures seem apart to it."""

from typing import Annotated, ClassVar, Literal

from attrs import define

from rivalry.hooks import hookimpl
from rivalry.marks import Ge
from rivalry_zoo.blocks.lpips import VGG16, Trunk
from rivalry_zoo.blocks.perceptual import Perceptual


@define(eq=False)
class Vgg16(Perceptual):
    """The mean over positions of `layer`'s map: 64, 128, 256, 512 or 512 values from relu1_2 to relu5_3.

    `distance(first, second) -> [N]` is LPIPS v0.1 through it, as `alexnet` describes it; path lengths are told in it.
    Some ten times slower than `alexnet`.

    Pictures are seen at their own size, 16 x 16 at least, or resized to `side` (Pillow's bicubic); grey ones as RGB,
    values beyond the data's range at its ends. `prepare` raises ValueError for data that are no pictures of known range
    and for missing weights, which `rivalry data fetch lpips` brings; calls before it RuntimeError.
    """

    name: ClassVar[str] = "vgg16"
    paper: ClassVar[str] = "Simonyan & Zisserman 2014, arXiv:1409.1556; Zhang et al. 2018, arXiv:1801.03924"
    trunk: ClassVar[Trunk] = VGG16

    layer: Literal["relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3"] = "relu5_3"
    side: Annotated[int, Ge(16)] | None = None


@hookimpl
def rivalry_components():
    return [Vgg16]
