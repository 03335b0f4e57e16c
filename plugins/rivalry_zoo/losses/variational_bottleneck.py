"""How much codes say of what they were made of, beyond what they may."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry.marks import Ge
from rivalry_zoo.blocks.gaussians import divergence, gaussian_of


@frozen
class VariationalBottleneck(Loss):
    """1/2 E_p KL(E(x) || N(0, 1)) + 1/2 E_q KL(E(x) || N(0, 1)) - limit, of [E(x), E(fake)].

    A discriminator that judges a code draw(E(_)) of few nats cannot tell all that it could: limit is I_c, 0.1 in the
    paper for CIFAR-10 and 0.2 for CelebA. The divergence is `kl_normal`, summed over components; of any number of
    Gaussians it is the mean. Its weight is the multiplier of the constraint <= 0, a number that follows it:

        schedules:
          beta: {use: dual_ascent, observe: 0.5 * kl_normal(E(x)) + 0.5 * kl_normal(E(fake)), target: 0.1}
        losses:
          bottleneck: {use: variational_bottleneck, of: [E(x), E(fake)], trains: [E], weight: beta}

    Two plain tensors are one Gaussian's mean and log-variance. Raises ValueError for anything else.
    """

    name: ClassVar[str] = "variational_bottleneck"
    paper: ClassVar[str] = "Peng, Kanazawa, Toyer, Abbeel & Levine 2018, arXiv:1810.00821"

    limit: Annotated[float, Ge(0)] = 0.1

    def forward(self, *gaussians: Tensor | tuple[Tensor, Tensor]) -> Tensor:
        """The excess in nats, a scalar."""
        pairs = [gaussians] if all(isinstance(g, Tensor) for g in gaussians) else gaussians
        return torch.stack([divergence(*gaussian_of(pair)).mean() for pair in pairs]).mean() - self.limit


@hookimpl
def rivalry_components():
    return [VariationalBottleneck]
