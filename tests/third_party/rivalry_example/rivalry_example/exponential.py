"""The exponential game, whose discriminator learns half the log-likelihood ratio."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry import Objective, hookimpl


@frozen
class Exponential(Objective):
    """A pair of exponentials, steep on whatever the discriminator has wrong.

        discriminator   2 E_p[exp(-s)] + 2 E_q[exp(s)]
        generator      -2 E_q[exp(s)]

    It is the dual-space pair of omega(r) = log(r) / 2 and rho(s) = 2 exp(-s). Scores [N, k].

    Optimum: s = log(p / q) / 2, where the discriminator's loss is 4 sum sqrt(p q): the game minimises 4 minus that,
    which is 4 times the squared Hellinger distance.
    """

    name: ClassVar[str] = "exponential"
    paper: ClassVar[str] = "Basioti & Moustakides 2020, arXiv:2002.00865"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return 2 * (-real).exp().mean() + 2 * fake.exp().mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return -2 * fake.exp().mean()


@hookimpl
def rivalry_components():
    return [Exponential]
