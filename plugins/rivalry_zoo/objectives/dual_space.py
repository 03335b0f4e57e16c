"""Games made from the function of the likelihood ratio that the discriminator is to learn."""

from typing import ClassVar, Literal

from attrs import frozen
from torch import Tensor
from torch.nn.functional import logsigmoid

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry_zoo.blocks.precision import wide

PAIRS = {
    "logistic": (logsigmoid, lambda t: logsigmoid(-t)),
    "exponential": (lambda t: -2 * (-t).exp(), lambda t: -2 * t.exp()),
    "chi_square": (lambda t: t, lambda t: -t.square() / 2),
    "kl": (lambda t: t, lambda t: -(t - 1).exp()),
    "least_squares": (lambda t: -(t - 1).square(), lambda t: -t.square()),
}
"""phi and psi, the rewards of a real and of a fake score t: psi' = -r phi' where t = omega(r)."""


@frozen
class DualSpace(SeparableObjective):
    """The discriminator learns omega(p/q), for an increasing omega that is chosen first.

    Any rho > 0 then gives a game whose optimum that is, by phi' = rho and psi' = -omega^-1 rho:

        discriminator   -E_p[phi(s)] - E_q[psi(s)]
        generator        E_q[psi(s)]

    The pairs, with r = p/q:

    - `logistic`: omega = log r, phi = log sigma(t), psi = log sigma(-t); the game `minimax`.
    - `exponential`: omega = 1/2 log r, phi = -2 exp(-t), psi = -2 exp(t).
    - `chi_square`: omega = r, phi = t, psi = -t^2 / 2.
    - `kl`: omega = 1 + log r, phi = t, psi = -exp(t - 1); the game of the divergence `kl`.
    - `least_squares`: omega = r / (r + 1), phi = -(t - 1)^2, psi = -t^2; twice the discriminator of `lsgan`.

    Scores are unbounded; where omega's values are not (`chi_square`, `least_squares`), phi and psi go on as they are.
    Half precision is widened to float32. `exponential` overflows for real scores below about -88 in float32 and for
    fake ones above 88, `kl` for the latter; nothing is clamped.

    Optimum: s = omega(p/q), where minus the discriminator's loss is the f-divergence of f(r) = r phi(omega(r)) +
    psi(omega(r)): 2 JS - 2 log 2, 2 H^2 - 4 (H^2 = sum (sqrt p - sqrt q)^2), (chi^2 + 1) / 2 (Pearson's), KL(p || q),
    -sum pq / (p + q). The generator's gradient there is its gradient.

    Needs: scores of moderate size where a pair has an exponential; r1 keeps them so.

    Use: to choose what the discriminator estimates: the ratio of the densities, its logarithm, or a power.

    Paper: Basioti & Moustakides 2020, arXiv:2002.00865, which writes r for q/p.
    """

    name: ClassVar[str] = "dual_space"
    paper: ClassVar[str] = "Basioti & Moustakides 2020, arXiv:2002.00865"

    pair: Literal["logistic", "exponential", "chi_square", "kl", "least_squares"] = "logistic"

    def real_term(self, scores: Tensor) -> Tensor:
        return -PAIRS[self.pair][0](wide(scores))

    def fake_term(self, scores: Tensor) -> Tensor:
        return -PAIRS[self.pair][1](wide(scores))

    def generated_term(self, scores: Tensor) -> Tensor:
        return PAIRS[self.pair][1](wide(scores))


@hookimpl
def rivalry_components():
    return [DualSpace]
