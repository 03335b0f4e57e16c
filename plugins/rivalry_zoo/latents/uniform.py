"""Uniform codes."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Given, Gt
from rivalry.streams import Stream
from rivalry_zoo.blocks.codes import shape_of_code

DEFAULT = 100


@frozen
class Uniform(Latent):
    """z ~ U[low, high), independently in every component, of shape [n, *size].

    `size` is the number of components, or the shape of a latent map; `{use: uniform, like: x}` takes the shape of a
    field of the data instead. Defaults as in DCGAN: 100 components, where neither is said, on [-1, 1). Raises
    ValueError unless low < high, for a size and a field at once, and for a field of labels.
    """

    name: ClassVar[str] = "uniform"
    paper: ClassVar[str] = "Radford, Metz & Chintala 2015, arXiv:1511.06434"

    size: Annotated[int, Gt(0)] | tuple[Annotated[int, Gt(0)], ...] | None = None
    low: float = -1.0
    high: float = 1.0
    like: Given[Field | None] = None

    def __attrs_post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"low must lie below high, got low={self.low:g} and high={self.high:g}; swap or part them")
        shape_of_code(self.size, self.like, DEFAULT)

    @property
    def field(self) -> Field:
        return Field(shape_of_code(self.size, self.like, DEFAULT), low=self.low, high=self.high)

    def sample(self, n: int, draw: Stream) -> Tensor:
        return self.low + (self.high - self.low) * draw.uniform(n, *self.field.shape)


@hookimpl
def rivalry_components():
    return [Uniform]
