"""The game that most people mean by "GAN"."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective


@frozen
class NonSaturating(Objective):
    """Minimax's discriminator, against a generator that maximises the chance of being taken for real.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator       -E_q[log sigma(s)]

    Both are cross-entropies of logits: label 1 for real, 0 for fake, and 1 for the generator's own fakes. The
    discriminator's loss is the sum of its two terms, with no half.

    Optimum: s = log p/q, where the discriminator's loss is 2 log 2 - 2 JS(p, q). The generator's gradient there is that
    of KL(q || p) - 2 JS(p, q) (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5), which is no divergence. Per
    sample it is exp(-s) times minimax's: same sign, and strongest exactly where that one vanishes.

    `both` is for games in which somebody stands upstream of the real side too, as BiGAN's encoder does: the generator's
    side then plays the exact mirror, the discriminator's loss with the labels swapped,

        generator       -E_q[log sigma(s)] - E_p[log(1 - sigma(s))]

    and needs the real scores (the second term is left out where there are none).

    Paper: Goodfellow et al. 2014, arXiv:1406.2661, section 3; Donahue, Krahenbuhl & Darrell 2016, arXiv:1605.09782, for
    `both`.
    """

    name: ClassVar[str] = "non_saturating"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661, section 3"

    both: bool = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-E_p[log sigma(s)] - E_q[log(1 - sigma(s))] of scores [N, k]."""
        return cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """-E_q[log sigma(s)], and with `both` also -E_p[log(1 - sigma(s))]."""
        if self.both and real is not None:
            return self.discriminator(fake, real)
        return cross_entropy(fake, torch.ones_like(fake))


@hookimpl
def rivalry_components():
    return [NonSaturating]
