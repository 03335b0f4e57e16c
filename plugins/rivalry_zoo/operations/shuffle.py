"""The batch in a random order."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import CouplesBatch, Draws
from rivalry.streams import Stream


@frozen
class Shuffle(Draws, Operation, CouplesBatch):
    """shuffle(x): the rows of x [N, ...] in an order drawn uniformly from all N!.

    Of labels this makes labels of the data's own frequencies that belong to no sample; of one half of a pair, samples
    of the product of both laws. Rows may stay where they are: for pairs that surely differ see `roll`. Under several
    processes each shuffles the rows that it has.
    """

    name: ClassVar[str] = "shuffle"
    paper: ClassVar[str] = "none: elementary"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor, *, draw: Stream) -> Tensor:
        return x[draw.uniform(x.shape[0]).argsort()]


@hookimpl
def rivalry_components():
    return [Shuffle]
