"""The margin game of SAGAN and BigGAN."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor
from torch.nn.functional import relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective


@frozen
class Hinge(SeparableObjective):
    """A support vector machine for a discriminator, with margin 1 on either side of 0.

        discriminator   E_p[max(0, 1 - s)] + E_q[max(0, 1 + s)]
        generator      -E_q[s]

    The discriminator's loss is the sum of its two terms, with no half; a score beyond its margin has no gradient.

    Optimum: s = sign(p - q), where the discriminator's loss is 2 (1 - TV(p, q)) with TV half the L1 distance; the
    generator's gradient there is that of sum |p - q| = 2 TV(p, q): total variation.

    Needs: a smooth critic: weight norm spectral on every layer, or r1.

    Use: for image networks with spectral normalisation, conditional ones above all.

    Papers: Lim & Ye 2017, arXiv:1705.02894; Tran et al. 2017, arXiv:1702.08896.
    """

    name: ClassVar[str] = "hinge"
    paper: ClassVar[str] = "Lim & Ye 2017, arXiv:1705.02894"

    def real_term(self, scores: Tensor) -> Tensor:
        return relu(1 - scores)

    def fake_term(self, scores: Tensor) -> Tensor:
        return relu(1 + scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return -scores


@hookimpl
def rivalry_components():
    return [Hinge]
