"""A generator that aims at the decision boundary."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry_zoo.blocks.precision import wide


@frozen
class BoundarySeeking(Objective):
    """Minimax's discriminator, against a generator that wants to be undecidable rather than real: s = 0.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator        1/2 E_q[s^2] = 1/2 E_q[(log sigma(s) - log(1 - sigma(s)))^2]

    The discriminator's loss is the sum of its two terms, with no half. This is the paper's game for continuous data.
    Samples that look too real are pulled back too; half precision is squared in float32.

    Optimum: s = log p/q, where the generator's loss is 1/2 E_q[log^2(p/q)]: 0 exactly if p = q wherever q is. That
    is no f-divergence, for log^2 is not convex beyond e, and the gradient with the discriminator held is not its own.

    Paper: Hjelm et al. 2017, arXiv:1702.08431.
    """

    name: ClassVar[str] = "boundary_seeking"
    paper: ClassVar[str] = "Hjelm et al. 2017, arXiv:1702.08431"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-E_p[log sigma(s)] - E_q[log(1 - sigma(s))] of scores [N, k]."""
        return cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """1/2 E_q[s^2]."""
        return 0.5 * wide(fake).square().mean()


@hookimpl
def rivalry_components():
    return [BoundarySeeking]
