"""The table of f-GAN, a row a class; u = p / q is a ratio of densities, v a score, sp(v) = log(1 + exp(v)).

Where a row says that it overflows, its exponential does at about |v| = 88 in float32, to an infinity and not to NaN. It
is exp(v) - 1 and not expm1(v) throughout, since torch differentiates the latter as its value + 1: 0 for small exp(v).
"""

from math import log
from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import logsigmoid

from rivalry.hooks import hookimpl
from rivalry.interfaces import Divergence
from rivalry_zoo.blocks.omega import log_omega

NOWOZIN = "Nowozin, Cseke & Tomioka 2016, arXiv:1606.00709"


def _softplus(v: Tensor) -> Tensor:
    return -logsigmoid(-v)  # torch's softplus is cut off at 20


def _log_softplus(v: Tensor) -> Tensor:
    """log sp(v), which is v where exp(v) is below the rounding error of 1."""
    return torch.where(v < -40, v, _softplus(v.clamp(min=-40)).log())


@frozen
class KL(Divergence):
    """Kullback-Leibler, sum p log(p / q): infinite where q misses a point of p, hence covers modes.

        f(u) = u log u      g(v) = v      f*(g(v)) = exp(v - 1)      v* = 1 + log u

    The conjugate overflows for large v.
    """

    name: ClassVar[str] = "kl"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 1.0

    def f(self, u: Tensor) -> Tensor:
        """u log u, 0 at 0."""
        return torch.xlogy(u, u)

    def output(self, v: Tensor) -> Tensor:
        """v: the domain is the whole line."""
        return v

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """exp(v - 1)."""
        return (v - 1).exp()


@frozen
class ReverseKL(Divergence):
    """Kullback-Leibler with the laws exchanged, sum q log(q / p): infinite where q leaves p, hence seeks modes.

        f(u) = -log u      g(v) = -exp(-v)      f*(g(v)) = v - 1      v* = log u

    The output overflows for large -v.
    """

    name: ClassVar[str] = "reverse_kl"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = -1.0

    def f(self, u: Tensor) -> Tensor:
        """-log u."""
        return -u.log()

    def output(self, v: Tensor) -> Tensor:
        """-exp(-v), below 0."""
        return -(-v).exp()

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """-1 - log(-t), with t = -exp(-v)."""
        return v - 1


@frozen
class JS(Divergence):
    """Twice the Jensen-Shannon divergence, KL(p || m) + KL(q || m) with m = (p + q) / 2.

        f(u) = u log u - (u + 1) log((1 + u) / 2)
        g(v) = log 2 - sp(-v)      f*(g(v)) = sp(v) - log 2      v* = log u

    The paper's column of divergences carries a half that its f does not have; this is its f.
    """

    name: ClassVar[str] = "js"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """u log u - (u + 1) log((1 + u) / 2)."""
        return torch.xlogy(u, u) - (u + 1) * ((1 + u) / 2).log()

    def output(self, v: Tensor) -> Tensor:
        """log 2 - sp(-v), below log 2."""
        return log(2) + logsigmoid(v)

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """-log(2 - exp(t)), with t = log 2 - sp(-v)."""
        return _softplus(v) - log(2)


@frozen
class GAN(Divergence):
    """What the minimax game measures, 2 JS(p, q) - log 4: shifted, so that equal laws are at -log 4.

    f(u) = u log u - (u + 1) log(u + 1)      g(v) = -sp(-v)      f*(g(v)) = sp(v)      v* = log u
    """

    name: ClassVar[str] = "gan"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = -log(2)

    def f(self, u: Tensor) -> Tensor:
        """u log u - (u + 1) log(u + 1)."""
        return torch.xlogy(u, u) - (u + 1) * u.log1p()

    def output(self, v: Tensor) -> Tensor:
        """log sigma(v), below 0."""
        return logsigmoid(v)

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """-log(1 - exp(t)), with t = log sigma(v)."""
        return _softplus(v)


@frozen
class Pearson(Divergence):
    """Pearson's chi-square, sum (p - q)^2 / q.

        f(u) = (u - 1)^2      g(v) = v      f*(g(v)) = v^2 / 4 + v      v* = 2 (u - 1)

    That is the conjugate over all real u. Over u >= 0 it is -1 for v < -2, where no optimum lies: there the bound is
    valid and looser, and its gradient does not vanish.
    """

    name: ClassVar[str] = "pearson"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """(u - 1)^2."""
        return (u - 1).square()

    def output(self, v: Tensor) -> Tensor:
        """v: the domain is the whole line."""
        return v

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """v^2 / 4 + v."""
        return v.square() / 4 + v


@frozen
class Neyman(Divergence):
    """Neyman's chi-square, sum (p - q)^2 / p: Pearson's with the laws exchanged.

        f(u) = (1 - u)^2 / u      g(v) = 1 - exp(-v)      f*(g(v)) = 2 - 2 exp(-v / 2)      v* = 2 log u

    Both overflow for large -v.
    """

    name: ClassVar[str] = "neyman"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """(1 - u)^2 / u."""
        return (1 - u).square() / u

    def output(self, v: Tensor) -> Tensor:
        """1 - exp(-v), below 1."""
        return 1 - (-v).exp()

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """2 - 2 sqrt(1 - t), with t = 1 - exp(-v)."""
        return 2 - 2 * (-v / 2).exp()


@frozen
class SquaredHellinger(Divergence):
    """The squared Hellinger distance with no half, sum (sqrt p - sqrt q)^2, at most 2.

        f(u) = (sqrt u - 1)^2      g(v) = 1 - exp(-v)      f*(g(v)) = exp(v) - 1      v* = 1/2 log u

    The output overflows for large -v, the conjugate for large v.
    """

    name: ClassVar[str] = "squared_hellinger"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """(sqrt u - 1)^2."""
        return (u.sqrt() - 1).square()

    def output(self, v: Tensor) -> Tensor:
        """1 - exp(-v), below 1."""
        return 1 - (-v).exp()

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """t / (1 - t), with t = 1 - exp(-v)."""
        return v.exp() - 1


@frozen
class TotalVariation(Divergence):
    """Half the L1 distance, 1/2 sum |p - q|.

        f(u) = |u - 1| / 2      g(v) = tanh(v) / 2      f*(g(v)) = tanh(v) / 2      v* = infinity sign(u - 1)

    Any threshold in [-1/2, 1/2] is a slope at the kink of f; it is taken as 0.
    """

    name: ClassVar[str] = "total_variation"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """|u - 1| / 2."""
        return (u - 1).abs() / 2

    def output(self, v: Tensor) -> Tensor:
        """tanh(v) / 2, within 1/2 of 0."""
        return v.tanh() / 2

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """t itself, with t = tanh(v) / 2."""
        return v.tanh() / 2


@frozen
class Jeffreys(Divergence):
    """Both Kullback-Leibler divergences, KL(p || q) + KL(q || p) = sum (p - q) log(p / q).

        f(u) = (u - 1) log u      g(v) = v      f*(g(v)) = 1/w - log w - 1      v* = log u + 1 - 1/u

    where w = 1/u solves w + log w = 1 - v. The paper's w + 1/w + v - 2 is the same, but cancels for large -v. The
    conjugate overflows for large v.
    """

    name: ClassVar[str] = "jeffreys"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    def f(self, u: Tensor) -> Tensor:
        """(u - 1) log u."""
        return (u - 1) * u.log()

    def output(self, v: Tensor) -> Tensor:
        """v: the domain is the whole line."""
        return v

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """1/w - log w - 1, with log w = `log_omega(1 - v)`."""
        logarithm = log_omega(1 - v)
        return (-logarithm).exp() - 1 - logarithm


@frozen
class Alpha(Divergence):
    """The family (sum p^alpha q^(1 - alpha) - 1) / (alpha (alpha - 1)), for alpha other than 0 and 1.

        f(u) = (u^alpha - 1 - alpha (u - 1)) / (alpha (alpha - 1))
        f*(t) = (max(0, 1 + (alpha - 1) t)^(alpha / (alpha - 1)) - 1) / alpha
        alpha < 1:  g(v) = 1 / (1 - alpha) - sp(-v), hence 1 + (alpha - 1) g(v) = (1 - alpha) sp(-v)
        alpha > 1:  g(v) = v

    alpha = 2 is half of Pearson's chi-square, 1/2 (the default, the symmetric member) twice the squared Hellinger
    distance, -1 half of Neyman's chi-square; towards 1 and 0 it becomes KL and reverse KL. For alpha between 0 and 1
    the conjugate overflows for large v; for alpha > 1 it is constant below v = -1 / (alpha - 1), and has no gradient.

    Raises ValueError for alpha 0 and 1.
    """

    name: ClassVar[str] = "alpha"
    paper: ClassVar[str] = NOWOZIN
    threshold: ClassVar[float] = 0.0

    alpha: float = 0.5

    def __attrs_post_init__(self) -> None:
        if self.alpha in (0, 1):
            raise ValueError(
                f"wanted an alpha other than 0 and 1, got {self.alpha}; "
                f"its limit there is the divergence '{'kl' if self.alpha else 'reverse_kl'}'"
            )

    def f(self, u: Tensor) -> Tensor:
        """(u^alpha - 1 - alpha (u - 1)) / (alpha (alpha - 1))."""
        return (u**self.alpha - 1 - self.alpha * (u - 1)) / (self.alpha * (self.alpha - 1))

    def output(self, v: Tensor) -> Tensor:
        """v for alpha > 1; 1 / (1 - alpha) - sp(-v), below 1 / (1 - alpha), for alpha < 1."""
        return v if self.alpha > 1 else 1 / (1 - self.alpha) + logsigmoid(v)

    def conjugate_of_output(self, v: Tensor) -> Tensor:
        """(base^(alpha / (alpha - 1)) - 1) / alpha, with base = max(0, 1 + (alpha - 1) t)."""
        power = self.alpha / (self.alpha - 1)
        if self.alpha < 1:
            return ((power * (log(1 - self.alpha) + _log_softplus(-v))).exp() - 1) / self.alpha
        base = 1 + (self.alpha - 1) * v
        inside = base > 0  # at 0 itself a second derivative of the power would be infinite, times 0
        return (torch.where(inside, torch.where(inside, base, 1) ** power, 0) - 1) / self.alpha


@hookimpl
def rivalry_components():
    return [KL, ReverseKL, JS, GAN, Pearson, Neyman, SquaredHellinger, TotalVariation, Jeffreys, Alpha]
