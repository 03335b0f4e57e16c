"""The multiplier of a constraint, raised while the constraint is broken."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Observing
from rivalry.marks import Gt


@frozen
class DualAscent(Observing):
    """value <- value + rate (observed - target), once per step, from `initial` on; never below 0 if `constraint` is
    `at_most`.

    The value is the Lagrange multiplier of a constraint on the observed tensor's mean: gradient ascent on the dual. It
    rests where the mean is `target`. Multipliers of an inequality, observed at most target, are never negative, and
    rest at 0 where the mean stays below it; those of `constraint: equal` have no bound.

    The variational bottleneck of discriminators holds the information in the critic's code at `target` nats, and the
    value is the loss's weight; where `information` is its name in the flow:

        schedules:
          beta: {use: dual_ascent, observe: information, target: 0.1, rate: 1e-5}

    Fisher GAN holds its critic's second moment Omega at 1: lambda <- lambda - rho (1 - Omega), with rho the rate, is

        schedules:
          multiplier:
            use: dual_ascent
            observe: 0.5 * square(D(x)) + 0.5 * square(D(fake))
            target: 1
            rate: 1e-6
            constraint: equal

    Raises ValueError if the multiplier of an inequality begins below 0.

    Papers: the defaults are those of Peng et al. 2018, arXiv:1810.00821; of Fisher GAN, Mroueh & Sercu 2017,
    arXiv:1705.09675.
    """

    name: ClassVar[str] = "dual_ascent"
    paper: ClassVar[str] = "Peng et al. 2018, arXiv:1810.00821, section 4"

    target: float = 0.1
    rate: Annotated[float, Gt(0)] = 1e-5
    constraint: Literal["at_most", "equal"] = "at_most"
    initial: float = 0.0

    def __attrs_post_init__(self) -> None:
        if self.constraint == "at_most" and self.initial < 0:
            raise ValueError(
                f"multipliers of an inequality are never negative, got initial={self.initial}; "
                "begin at 0 or above, or take constraint: equal"
            )

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The multiplier, moved by rate times what is too much; 0-dim."""
        moved = value + self.rate * (observed - self.target)
        return moved if self.constraint == "equal" else moved.clamp(min=0)


@hookimpl
def rivalry_components():
    return [DualAscent]
