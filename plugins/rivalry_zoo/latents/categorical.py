"""Random labels."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Latent
from rivalry.marks import Gt
from rivalry.streams import Stream


@frozen
class Categorical(Latent):
    """One integer label per sample, uniform on 0, ..., classes - 1, of shape [n]; networks see it as a label."""

    name: ClassVar[str] = "categorical"
    paper: ClassVar[str] = "Chen et al. 2016, arXiv:1606.03657"

    classes: Annotated[int, Gt(0)]

    @property
    def field(self) -> Field:
        return Field((), classes=self.classes)

    def sample(self, n: int, draw: Stream) -> Tensor:
        return draw.integers(self.classes, n)


@hookimpl
def rivalry_components():
    return [Categorical]
