"""The zero-centred gradient penalty on real samples."""

from typing import ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SamplePenalty
from rivalry.marks import NeedsIndependentSamples
from rivalry_zoo.blocks.gradients import squared_norms


@frozen
class R1(SamplePenalty, NeedsIndependentSamples):
    """Half the mean squared norm of the judge's gradient at the real samples.

        1/2 E_p[|grad C(x)|^2]

    The square is summed over everything but the batch of [N, ...]; the half is inside, so the loss's weight is the
    paper's gamma. It flattens the judge on the data, so that a generator that has arrived is not pushed away again.

    Of a linear critic w.x it is |w|^2 / 2, of a quadratic one x'Ax / 2 with symmetric A half the mean of |Ax|^2. On the
    Dirac game it moves the midpoint of both eigenvalues from 0 to -gamma / 2: the game becomes locally stable.

    Paper: Mescheder et al. 2018, arXiv:1801.04406 (gamma 10). Some codebases leave the half out: double their
    strength here.
    """

    name: ClassVar[str] = "r1"
    paper: ClassVar[str] = "Mescheder et al. 2018, arXiv:1801.04406"
    at: ClassVar[Literal["real", "fake"]] = "real"

    def of_gradient(self, gradient: Tensor) -> Tensor:
        """Half the mean squared norm of gradients [N, ...]."""
        return 0.5 * squared_norms(gradient).mean()


@hookimpl
def rivalry_components():
    return [R1]
