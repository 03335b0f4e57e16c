"""A generator that aims at the decision boundary."""

from typing import ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.logistic import as_fake, as_real
from rivalry_zoo.blocks.precision import wide


@frozen
class BoundarySeeking(SeparableObjective):
    """Minimax's discriminator, against a generator that wants to be undecidable rather than real: s = 0.

    With probability sigma(s) of being real, s the score:

        discriminator   -E_p[log sigma(s)] - E_q[log(1 - sigma(s))]
        generator        1/2 E_q[s^2] = 1/2 E_q[(log sigma(s) - log(1 - sigma(s)))^2]           (form: square)
                        -1/2 E_q[log sigma(s) + log(1 - sigma(s))] = E_q[log 2 cosh(s/2)]       (form: cross_entropy)

    The discriminator's loss is the sum of its two terms, with no half. This is the paper's game for continuous data,
    and its code's other form, which pays both labels alike. Samples that look too real are pulled back too; half
    precision is squared in float32.

    Optimum: s = log p/q, where the squares are worth 1/2 E_q[log^2(p/q)]: 0 exactly if p = q wherever q is. That is no
    f-divergence, for log^2 is not convex beyond e, and the gradient with the discriminator held is not its own. The
    cross-entropies are worth log 2 there and more elsewhere, their slope is tanh(s/2) / 2.

    Needs: nothing; r1 settles it, as it does all games of this discriminator.

    Use: when a generator should stop at the decision boundary instead of running beyond it.

    Paper: Hjelm et al. 2017, arXiv:1702.08431.
    """

    name: ClassVar[str] = "boundary_seeking"
    paper: ClassVar[str] = "Hjelm et al. 2017, arXiv:1702.08431"

    form: Literal["square", "cross_entropy"] = "square"

    def real_term(self, scores: Tensor) -> Tensor:
        return as_real(scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return as_fake(scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        if self.form == "cross_entropy":
            return (as_real(scores) + as_fake(scores)) / 2
        return wide(scores).square() / 2


@hookimpl
def rivalry_components():
    return [BoundarySeeking]
