"""Images of another size."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor
from torch.nn.functional import interpolate

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Resize(Operation):
    """resize(x, size): images [N, C, h, w] as [N, C, size, size] (or a pair, height first), bilinear.

    Where an axis shrinks, the triangle filter is widened by the ratio, so that no pixel is passed over (no aliasing).
    """

    name: ClassVar[str] = "resize"
    paper: ClassVar[str] = "none; why shrinking must filter: Parmar et al. 2021, arXiv:2104.11222"

    def __call__(self, x: Tensor, size: int | tuple[int, int]) -> Tensor:
        height, width = (size, size) if isinstance(size, int) else size
        if x.shape[2:] == (height, width):
            return x
        shrinks = height < x.shape[2] or width < x.shape[3]
        return interpolate(x, (height, width), mode="bilinear", align_corners=False, antialias=shrinks)


@hookimpl
def rivalry_components():
    return [Resize]
