"""One number per sample: its mean."""

from typing import ClassVar

from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.precision import wide


@frozen
class Mean(Operation):
    """mean(x): the mean of each sample over all its values, x [N, ...] -> [N]; half precision in float32."""

    name: ClassVar[str] = "mean"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, x: Tensor) -> Tensor:
        return reduce(wide(x), "n ... -> n", "mean")


@hookimpl
def rivalry_components():
    return [Mean]
