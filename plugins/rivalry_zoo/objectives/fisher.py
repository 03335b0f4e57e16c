"""A critic measured against its own second moment."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import Gt, Number
from rivalry_zoo.blocks.precision import wide


@frozen
class Fisher(Objective):
    """The critic separates the means of its scores, its second moment held at 1 by an augmented Lagrangian.

    With Omega = 1/2 E_p[s^2] + 1/2 E_q[s^2], lambda = `multiplier` and rho = `rho`:

        discriminator   E_q[s] - E_p[s] - lambda (1 - Omega) + rho/2 (1 - Omega)^2
        generator       -E_q[s]

    The multiplier moves by lambda <- lambda - rho (1 - Omega) after each step of the critic, without a bound, which is
    schedule dual_ascent:

        losses:
          game:
            objective:
              use: fisher
              rho: 1e-6
              multiplier:
                use: dual_ascent
                observe: 0.5 * square(D(x)) + 0.5 * square(D(fake))
                target: 1
                rate: 1e-6      # rho
                constraint: equal
            judge: D
            real: x
            fake: fake

    Left at its number it is a soft constraint. No Lipschitz constraint is needed. The default rho is the authors'; it
    is meant for hundreds of thousands of steps, and games that are to settle sooner take 0.1 to 1 (rate as rho).

    Optimum: (E_p[s] - E_q[s]) / sqrt(Omega) is at most the root of sum (p - q)^2 / m, m = (p + q) / 2, which lies
    between 0 (p = q) and 2 (disjoint): the chi-square distance to the middle. Multiples of (p - q) / m reach it; the
    constraint picks the one with Omega = 1, where lambda is half the value. Half precision is squared in float32.

    Needs: schedule dual_ascent for its multiplier, and no Lipschitz constraint.

    Use: for a critic like that of `wasserstein` without the second backward pass of a gradient penalty.

    Paper: Mroueh & Sercu 2017, arXiv:1705.09675.
    """

    name: ClassVar[str] = "fisher"
    paper: ClassVar[str] = "Mroueh & Sercu 2017, arXiv:1705.09675"

    rho: Annotated[float, Gt(0)] = 1e-6
    multiplier: Number = 0.0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """E_q[s] - E_p[s] - lambda (1 - Omega) + rho/2 (1 - Omega)^2 of scores [N, k]."""
        short = 1 - 0.5 * wide(real).square().mean() - 0.5 * wide(fake).square().mean()
        return fake.mean() - real.mean() - self.multiplier * short + 0.5 * self.rho * short.square()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """-E_q[s]."""
        return -fake.mean()


@hookimpl
def rivalry_components():
    return [Fisher]
