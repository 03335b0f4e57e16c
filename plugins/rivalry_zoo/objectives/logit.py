"""A classifier whose logits the generator simply raises."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.logistic import as_fake, as_real


@frozen
class Logit(SeparableObjective):
    """Minimax's discriminator, against a generator that raises the log odds of being real.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator       -E_q[s]

    The discriminator's loss is the sum of its two terms, with no half. The generator's is the sum of those of `minimax`
    and `non_saturating`; its derivative by a score is -1/N wherever the score lies.

    Optimum: s = log p/q, where the discriminator's loss is 2 log 2 - 2 JS(p, q) and the generator's loss and gradient
    are those of KL(q || p), which seeks modes.

    Needs: a bound on the scores' slope, r1 or weight norm spectral, for its generator's loss is linear.

    Use: when few good samples are worth more than all modes.

    Paper: Arjovsky & Bottou 2017, arXiv:1701.04862, whose theorem 2.5 splits the non-saturating gradient into this one
    and minimax's.
    """

    name: ClassVar[str] = "logit"
    paper: ClassVar[str] = "Arjovsky & Bottou 2017, arXiv:1701.04862"

    def real_term(self, scores: Tensor) -> Tensor:
        return as_real(scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return as_fake(scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return -scores


@hookimpl
def rivalry_components():
    return [Logit]
