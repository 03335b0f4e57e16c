"""Every sample in another's place."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import CouplesBatch


@frozen
class Roll(Operation, CouplesBatch):
    """roll(x, by=1): row i of the result is row i - by of x [N, ...], counted round the batch.

    Beside an unmoved tensor this makes pairs that do not belong together, as in `D(x, roll(label))`, unless N divides
    `by`; two rows of one class may still meet. Under several processes each moves the rows that it has.
    """

    name: ClassVar[str] = "roll"
    paper: ClassVar[str] = "none: elementary; mismatched pairs as fakes are of Reed et al. 2016, arXiv:1605.05396"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor, by: int = 1) -> Tensor:
        return x.roll(by, 0)


@hookimpl
def rivalry_components():
    return [Roll]
