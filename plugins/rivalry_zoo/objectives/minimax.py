"""The original zero-sum game."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.logistic import as_fake, as_real


@frozen
class Minimax(SeparableObjective):
    """Goodfellow's game: the discriminator classifies, and the generator maximises what the discriminator minimises.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator        E_q[log(1 - sigma(s))]

    Both are cross-entropies of logits (label 1 for real, 0 for fake), finite for every finite score. The
    discriminator's loss is the sum of its two terms, with no half.

    Optimum: s = log p/q, where the discriminator's loss is 2 log 2 - 2 JS(p, q); the generator's gradient there is that
    of 2 JS(p, q). Its derivative by a score is -sigma(s)/N, which vanishes where the discriminator is sure of a fake:
    the game saturates, hence `non_saturating`.

    Needs: a discriminator that is not too far ahead; r1 settles it.

    Use: as the reference in theory; in practice `non_saturating` takes its place.

    Paper: Goodfellow et al. 2014, arXiv:1406.2661.
    """

    name: ClassVar[str] = "minimax"
    paper: ClassVar[str] = "Goodfellow et al. 2014, arXiv:1406.2661"

    def real_term(self, scores: Tensor) -> Tensor:
        return as_real(scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return as_fake(scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return -as_fake(scores)


@hookimpl
def rivalry_components():
    return [Minimax]
