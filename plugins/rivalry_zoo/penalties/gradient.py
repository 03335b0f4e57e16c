"""The gradient penalty of WGAN-GP, and its relatives."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor
from torch.nn.functional import relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import Judge, Penalty, input_gradient
from rivalry.marks import Draws, Ge, Gt, NeedsIndependentSamples
from rivalry.streams import Stream
from rivalry_zoo.blocks.gradients import rooted, squared_norms
from rivalry_zoo.blocks.penalty_points import interpolates, normally_perturbed, uniformly_perturbed


@frozen
class GradientPenalty(Penalty, Draws, NeedsIndependentSamples):
    """Holds the norm of the judge's input gradient at `target`, on straight lines between real and fake samples.

        E[(|grad C(x)| - target)^2],   x = u x_real + (1 - u) x_fake,   u uniform on [0, 1), one per pair

    The norm is over everything but the batch, of real and fake [N, ...] paired in order. `sided: one` punishes only
    norms above the target, E[max(0, |grad C| - target)^2]. Target 0 is the zero-centred penalty E[|grad C|^2], or
    E[|grad C|^exponent], without a square root. `statistic: maximum` takes the batch's largest in place of the mean.
    Strength is the loss's weight in the spec; the paper's is 10, with target 1 and two sides.

    `at` says where: at interpolates, or at the real or the fake samples or perturbed real ones, without a look at the
    others. `noise: uniform` perturbs by u spread std U as DRAGAN's authors do: u uniform on [0, 1), one a sample, U
    likewise, one an element, std that of the batch; `gaussian` by spread N(0, 1), as its paper does.

    Of a linear critic w.x it is (|w| - target)^2, with gradient 2 (|w| - target) w / |w|. With `wasserstein`, weight
    lambda and two points D apart a linear critic's slope settles at 1 + D / (2 lambda), above 1; with target 0 and
    exponent p, the Wasserstein divergence (weight k), at (D / (k p))^(1 / (p - 1)). Where the gradient is exactly zero
    the penalty is target^2 and gives no direction, but a finite one.

    WGAN-div: {use: gradient, target: 0, exponent: 6}, weight 2, beside `wasserstein`. DRAGAN: {use: gradient, at:
    perturbed}, weight 10, beside `non_saturating`.

    Raises ValueError for an exponent besides 2 with another target than 0, for noise where nothing is perturbed, and
    if interpolated real and fake samples differ in number or shape.

    Papers: Gulrajani et al. 2017, arXiv:1704.00028; one-sided: Petzka et al. 2017, arXiv:1709.08894; zero-centred:
    Thanh-Tung et al. 2019, arXiv:1902.03984; perturbed: Kodali et al. 2017, arXiv:1705.07215; exponent: Wu et al. 2018,
    arXiv:1712.01026; maximum: Zhou et al. 2019, arXiv:1902.05687.
    """

    name: ClassVar[str] = "gradient"
    paper: ClassVar[str] = "Gulrajani et al. 2017, arXiv:1704.00028"

    target: Annotated[float, Ge(0)] = 1.0
    sided: Literal["two", "one"] = "two"
    at: Literal["interpolates", "real", "fake", "perturbed"] = "interpolates"
    exponent: Annotated[float, Ge(2)] = 2.0
    statistic: Literal["mean", "maximum"] = "mean"
    noise: Literal["uniform", "gaussian"] = "uniform"
    spread: Annotated[float, Gt(0)] = 0.5

    def __attrs_post_init__(self) -> None:
        if self.exponent != 2 and self.target != 0:
            raise ValueError(
                f"an exponent besides 2 is of the norm itself, got exponent {self.exponent} and target {self.target}; "
                "take target: 0, or leave the exponent out"
            )
        if self.at != "perturbed" and (self.noise, self.spread) != ("uniform", 0.5):
            raise ValueError(f"noise and spread are of perturbed samples, got at: {self.at}; take at: perturbed")

    def forward(self, judge: Judge, real: Tensor, fake: Tensor, *, draw: Stream) -> Tensor:
        """The penalty, a scalar, of real and fake [N, ...]; `draw` gives coefficients and noise."""
        points = self._points(real.detach(), fake.detach(), draw).requires_grad_()
        squares = squared_norms(input_gradient(judge(points), points))
        if self.target == 0:
            costs = squares.pow(self.exponent / 2)
        else:
            excess = rooted(squares) - self.target
            costs = (relu(excess) if self.sided == "one" else excess).square()
        return costs.mean() if self.statistic == "mean" else costs.amax()

    def _points(self, real: Tensor, fake: Tensor, draw: Stream) -> Tensor:
        if self.at == "interpolates":
            return interpolates(real, fake, draw)
        if self.at == "perturbed":
            perturb = uniformly_perturbed if self.noise == "uniform" else normally_perturbed
            return perturb(real, self.spread, draw)
        return real if self.at == "real" else fake


@hookimpl
def rivalry_components():
    return [GradientPenalty]
