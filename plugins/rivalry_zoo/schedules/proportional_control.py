"""A number that is pushed until what it observes is zero."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Observing
from rivalry.marks import Gt


@frozen
class ProportionalControl(Observing):
    """value <- clip(value + gain * observed, low, high), once per step, from `initial` on.

    The observed tensor says how far, and its sign to which side, things are from where they should be: the number rests
    where its mean is 0, or at a bound. BEGAN observes gamma U(x) - U(G(z)) of energies U; gain, bounds and start are
    its paper's. Raises ValueError unless low <= initial <= high.
    """

    name: ClassVar[str] = "proportional_control"
    paper: ClassVar[str] = "Berthelot, Schumm & Metz 2017, arXiv:1703.10717, section 3.4"

    gain: Annotated[float, Gt(0)] = 1e-3
    low: float = 0.0
    high: float = 1.0
    initial: float = 0.0

    def __attrs_post_init__(self) -> None:
        if not self.low <= self.initial <= self.high:
            raise ValueError(
                f"wanted low <= initial <= high, got low={self.low}, initial={self.initial}, high={self.high}; "
                "begin within the bounds"
            )

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The value moved by gain times what was observed, within the bounds; 0-dim."""
        return (value + self.gain * observed).clamp(self.low, self.high)


@hookimpl
def rivalry_components():
    return [ProportionalControl]
