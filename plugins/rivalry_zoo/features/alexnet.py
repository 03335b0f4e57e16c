"""AlexNet: what the convolutions of a small photograph classifier see, and how far pictures seem apart to it."""

from typing import Annotated, ClassVar, Literal

from attrs import define

from rivalry.hooks import hookimpl
from rivalry.marks import Ge
from rivalry_zoo.blocks.lpips import ALEXNET, Trunk
from rivalry_zoo.blocks.perceptual import Perceptual


@define(eq=False)
class AlexNet(Perceptual):
    """The mean over positions of `layer`'s map: 64, 192, 384, 256 or 256 values for relu1 to relu5.

    `distance(first, second) -> [N]` is LPIPS v0.1: the heads' weighted squares of differences between unit-length
    channels, averaged over positions and summed over the five layers, whatever `layer` says; 0 for equal pictures.

    Pictures are seen at their own size, 31 x 31 at least, or resized to `side` (Pillow's bicubic); grey ones as RGB,
    values beyond the data's range at its ends. `prepare` raises ValueError for data that are no pictures of known range
    and for missing weights, which `rivalry data fetch lpips` brings; calls before it RuntimeError.
    """

    name: ClassVar[str] = "alexnet"
    paper: ClassVar[str] = "Krizhevsky 2014, arXiv:1404.5997; Zhang et al. 2018, arXiv:1801.03924"
    trunk: ClassVar[Trunk] = ALEXNET
    is_default: ClassVar[bool] = True

    layer: Literal["relu1", "relu2", "relu3", "relu4", "relu5"] = "relu5"
    side: Annotated[int, Ge(31)] | None = None


@hookimpl
def rivalry_components():
    return [AlexNet]
