"""No normalisation at all, where a network asks for one."""

from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Norm
from rivalry.marks import Given


class NoNorm(Norm):
    """The identity, y = x, for x [N, C, ...]; no weights. Networks that know it leave it out altogether."""

    name = "none"
    paper = "none: the identity"

    def __init__(self, channels: Given[int]) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return x


@hookimpl
def rivalry_components():
    return [NoNorm]
