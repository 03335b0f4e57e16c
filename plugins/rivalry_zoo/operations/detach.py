"""The same values, of which no gradient is known."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class Detach(Operation):
    """detach(x): x [N, ...] as a constant."""

    name: ClassVar[str] = "detach"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, x: Tensor) -> Tensor:
        return x.detach()


@hookimpl
def rivalry_components():
    return [Detach]
