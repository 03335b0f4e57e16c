"""Standard normal codes."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Gt
from rivalry.streams import Stream


@frozen
class Normal(Latent):
    """z ~ N(0, 1), independently in every component, of shape [n, *size].

    `size` is the number of components, or the shape of a latent map such as (64, 4, 4). The default is that of the
    ResNets of Miyato et al., arXiv:1802.05957.
    """

    name: ClassVar[str] = "normal"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661"

    size: Annotated[int, Gt(0)] | tuple[Annotated[int, Gt(0)], ...] = 128

    @property
    def field(self) -> Field:
        return Field(self.size)

    def sample(self, n: int, draw: Stream) -> Tensor:
        return draw.normal(n, *self.field.shape)


@hookimpl
def rivalry_components():
    return [Normal]
