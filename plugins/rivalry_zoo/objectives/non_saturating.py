"""The game that most people mean by "GAN"."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.logistic import as_fake, as_real


@frozen
class NonSaturating(SeparableObjective):
    """Minimax's discriminator, against a generator that maximises the chance of being taken for real.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator       -E_q[log sigma(s)]

    Both are cross-entropies of logits: label 1 for real, 0 for fake, and 1 for the generator's own fakes. The
    discriminator's loss is the sum of its two terms, with no half.

    Optimum: s = log p/q, where the discriminator's loss is 2 log 2 - 2 JS(p, q). The generator's gradient there is that
    of KL(q || p) - 2 JS(p, q) (Arjovsky & Bottou 2017, arXiv:1701.04862, theorem 2.5), which is no divergence. Per
    sample it is exp(-s) times minimax's: same sign, and strongest exactly where that one vanishes.

    For games in which somebody stands upstream of the real side too, as BiGAN's encoder does, see `mirrored`.

    Needs: nothing; r1 settles it.

    Use: first.

    Paper: Goodfellow et al. 2014, arXiv:1406.2661, section 3.
    """

    name: ClassVar[str] = "non_saturating"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661, section 3"

    def real_term(self, scores: Tensor) -> Tensor:
        return as_real(scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return as_fake(scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return as_real(scores)


@hookimpl
def rivalry_components():
    return [NonSaturating]
