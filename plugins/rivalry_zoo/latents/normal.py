"""Standard normal codes."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Given, Gt
from rivalry.streams import Stream
from rivalry_zoo.blocks.codes import shape_of_code

DEFAULT = 128


@frozen
class Normal(Latent):
    """z ~ N(0, 1), independently in every component, of shape [n, *size].

    `size` is the number of components, or the shape of a latent map such as (64, 4, 4); `{use: normal, like: x}` takes
    the shape of a field of the data instead. Where neither is said there are 128 components, as in the ResNets of
    Miyato et al., arXiv:1802.05957. Raises ValueError for both at once, and for a field of labels.
    """

    name: ClassVar[str] = "normal"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661"

    size: Annotated[int, Gt(0)] | tuple[Annotated[int, Gt(0)], ...] | None = None
    like: Given[Field | None] = None

    def __attrs_post_init__(self) -> None:
        shape_of_code(self.size, self.like, DEFAULT)

    @property
    def field(self) -> Field:
        return Field(shape_of_code(self.size, self.like, DEFAULT))

    def sample(self, n: int, draw: Stream) -> Tensor:
        return draw.normal(n, *self.field.shape)


@hookimpl
def rivalry_components():
    return [Normal]
