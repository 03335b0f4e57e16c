"""How far each sample's code is from the standard normal prior."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.gaussians import divergence, gaussian_of


@frozen
class KLNormal(Operation):
    """kl_normal(g): KL(N(m, v) || N(0, 1)) of each sample's Gaussian g = (mean, log_variance), in nats: [N].

    Summed over components. A schedule can observe it: 0.5 * kl_normal(E(x)) + 0.5 * kl_normal(E(fake)) is what a
    discriminator's bottleneck lets through. Its mean over samples is the loss of the same name.

    Raises ValueError for a plain tensor.
    """

    name: ClassVar[str] = "kl_normal"
    paper: ClassVar[str] = "Kingma & Welling 2013, arXiv:1312.6114, appendix B"

    def __call__(self, gaussian: tuple[Tensor, Tensor]) -> Tensor:
        return divergence(*gaussian_of(gaussian))


@hookimpl
def rivalry_components():
    return [KLNormal]
