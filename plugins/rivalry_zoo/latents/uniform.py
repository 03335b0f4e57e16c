"""Uniform codes."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Gt
from rivalry.streams import Stream


@frozen
class Uniform(Latent):
    """z ~ U[low, high), independently in every component, of shape [n, *size].

    `size` is the number of components, or the shape of a latent map. Defaults as in DCGAN: 100 components on [-1, 1).
    Raises ValueError unless low < high.
    """

    name: ClassVar[str] = "uniform"
    paper: ClassVar[str] = "Radford, Metz & Chintala 2015, arXiv:1511.06434"

    size: Annotated[int, Gt(0)] | tuple[Annotated[int, Gt(0)], ...] = 100
    low: float = -1.0
    high: float = 1.0

    def __attrs_post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low must lie below high, got low={self.low:g} and high={self.high:g}; swap or part them")

    @property
    def field(self) -> Field:
        return Field(self.size, low=self.low, high=self.high)

    def sample(self, n: int, draw: Stream) -> Tensor:
        return self.low + (self.high - self.low) * draw.uniform(n, *self.field.shape)


@hookimpl
def rivalry_components():
    return [Uniform]
