"""A number that remembers what it has seen."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Observing
from rivalry.marks import Ge, Lt


@frozen
class RunningMean(Observing):
    """value <- decay value + (1 - decay) observed: the exponential moving mean of an observed tensor.

    After n observations of a constant c from the start 0 it is c (1 - decay^n). The default is StyleGAN2's for path
    lengths.
    """

    name: ClassVar[str] = "running_mean"
    paper: ClassVar[str] = "none: elementary; of path lengths, Karras et al. 2019, arXiv:1912.04958"

    decay: Annotated[float, Ge(0), Lt(1)] = 0.99
    initial: float = 0.0

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The next value; all 0-dim."""
        return value + (1 - self.decay) * (observed - value)


@hookimpl
def rivalry_components():
    return [RunningMean]
