"""The critic's difference of means."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective


@frozen
class Wasserstein(SeparableObjective):
    """The critic separates the means of its scores as far as its Lipschitz constant lets it.

        discriminator   -E_p[s] + E_q[s]
        generator       -E_q[s]

    Optimum: over critics of Lipschitz constant 1 the least discriminator's loss is -W1(p, q), the earth mover's
    distance (Kantorovich-Rubinstein duality), and the generator's gradient there is that of W1. Over all critics it is
    unbounded, so the objective needs a constraint from elsewhere: `penalties.gradient`, or clipped weights (the paper's
    0.01), whose Lipschitz constant K gives K W1 with K unknown. Only differences of scores count.

    Needs: a critic of bounded slope: penalty gradient (10 in its paper), or optimizer weight_clip, and several critic
    turns to one.

    Use: when the loss itself should tell how far the generator is.

    Paper: Arjovsky et al. 2017, arXiv:1701.07875.
    """

    name: ClassVar[str] = "wasserstein"
    paper: ClassVar[str] = "Arjovsky et al. 2017, arXiv:1701.07875"

    def real_term(self, scores: Tensor) -> Tensor:
        return -scores

    def fake_term(self, scores: Tensor) -> Tensor:
        return scores

    def generated_term(self, scores: Tensor) -> Tensor:
        return -scores


@hookimpl
def rivalry_components():
    return [Wasserstein]
