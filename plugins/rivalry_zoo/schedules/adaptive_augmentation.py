"""A probability that rises while the critic knows its data by heart."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Observing
from rivalry.marks import Ge, Gt, Le


@frozen
class AdaptiveAugmentation(Observing):
    """p <- p + sign(observed - target) / over, kept within [0, high].

    With `observe: sign(D(A(x)))` it holds the mean sign of the critic's scores of augmented real samples at `target`: a
    higher mean says that the critic tells real samples apart too surely, hence is learning them by heart. `over` is the
    number of changes that take p from 0 to 1; the paper changes it every fourth step and over 500,000 images, which are
    1,953 changes with batches of 64.
    """

    name: ClassVar[str] = "adaptive_augmentation"
    paper: ClassVar[str] = "Karras et al. 2020, arXiv:2006.06676, section 3"

    target: Annotated[float, Ge(-1), Le(1)] = 0.6
    over: Annotated[float, Gt(0)] = 2_000
    initial: Annotated[float, Ge(0), Le(1)] = 0.0
    high: Annotated[float, Ge(0), Le(1)] = 1.0

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The next probability; all 0-dim."""
        return (value + (observed - self.target).sign() / self.over).clamp(0.0, self.high)


@hookimpl
def rivalry_components():
    return [AdaptiveAugmentation]
