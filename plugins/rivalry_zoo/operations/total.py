"""One number per sample: its sum."""

from typing import ClassVar

from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.precision import wide


@frozen
class Total(Operation):
    """total(x): the sum of all values of each sample, x [N, ...] -> [N]; half precision in float32."""

    name: ClassVar[str] = "total"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, x: Tensor) -> Tensor:
        return reduce(wide(x), "n ... -> n", "sum")


@hookimpl
def rivalry_components():
    return [Total]
