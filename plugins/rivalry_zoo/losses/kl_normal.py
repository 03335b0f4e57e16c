"""How far codes' Gaussians are from the standard normal prior."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.gaussians import divergence, gaussian_of


@frozen
class KLNormal(Loss):
    """KL(N(m, v) || N(0, 1)) = 1/2 sum (m^2 + v - log v - 1), summed over a sample's components, mean over samples.

    Of one Gaussian, as in `of: E(x)` with an encoder of `head: gaussian`, or of two tensors, the mean and the
    log-variance, each [N, ...]. The sum over components makes it a bound's term: beside it, a reconstruction's error
    must be summed over pixels too, or the weight carry the ratio. The operation of the same name gives it sample by
    sample. Half precision is computed in float32.

    Raises ValueError for one plain tensor, and for a mean and a log-variance of different shapes.
    """

    name: ClassVar[str] = "kl_normal"
    paper: ClassVar[str] = "Kingma & Welling 2013, arXiv:1312.6114, appendix B"

    def forward(self, *gaussian: Tensor | tuple[Tensor, Tensor]) -> Tensor:
        """The divergence in nats, a scalar."""
        (given,) = gaussian if len(gaussian) == 1 else (gaussian,)
        return divergence(*gaussian_of(given)).mean()


@hookimpl
def rivalry_components():
    return [KLNormal]
