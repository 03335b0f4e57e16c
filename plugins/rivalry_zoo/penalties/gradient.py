"""The gradient penalty of WGAN-GP, and its relatives on interpolates."""

from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from einops import rearrange
from torch import Tensor
from torch.nn.functional import relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import Judge, Penalty, input_gradient
from rivalry.marks import Draws, Ge, NeedsIndependentSamples
from rivalry.streams import Stream
from rivalry_zoo.blocks.gradients import squared_norms

TINY = 1e-12
"""Under the square root, whose derivative at 0 would be infinite."""


@frozen
class GradientPenalty(Penalty, Draws, NeedsIndependentSamples):
    """Holds the norm of the judge's input gradient at `target`, on straight lines between real and fake samples.

        E[(|grad C(x)| - target)^2],   x = u x_real + (1 - u) x_fake,   u uniform on [0, 1), one per pair

    The norm is over everything but the batch, of real and fake [N, ...] paired in order. `sided: one` punishes only
    norms above the target, E[max(0, |grad C| - target)^2]. Target 0 is the zero-centred penalty E[|grad C|^2], without
    a square root. Strength is the loss's weight in the spec; the paper's is 10, with target 1 and two sides.

    Of a linear critic w.x it is (|w| - target)^2, with gradient 2 (|w| - target) w / |w|. With `wasserstein`, weight
    lambda and two points D apart a linear critic's slope settles at 1 + D / (2 lambda), above 1. Where the gradient is
    exactly zero the penalty is target^2 and gives no direction, but a finite one.

    Raises ValueError if real and fake samples differ in number or shape.

    Papers: Gulrajani et al. 2017, arXiv:1704.00028; one-sided: Petzka et al. 2017, arXiv:1709.08894; zero-centred:
    Thanh-Tung et al. 2019, arXiv:1902.03984.
    """

    name: ClassVar[str] = "gradient"
    paper: ClassVar[str] = "Gulrajani et al. 2017, arXiv:1704.00028"

    target: Annotated[float, Ge(0)] = 1.0
    sided: Literal["two", "one"] = "two"

    def forward(self, judge: Judge, real: Tensor, fake: Tensor, *, draw: Stream) -> Tensor:
        """The penalty, a scalar, of real and fake [N, ...]; `draw` gives the N coefficients."""
        if real.shape != fake.shape:
            raise ValueError(
                "interpolates need equally many real and fake samples of one shape, "
                f"got {tuple(real.shape)} real and {tuple(fake.shape)} fake; draw one fake per real sample"
            )
        share = rearrange(draw.uniform(len(real)).to(real), "n -> n" + " 1" * (real.ndim - 1))
        mixed = torch.lerp(fake.detach().to(real), real.detach(), share).requires_grad_()
        squares = squared_norms(input_gradient(judge(mixed), mixed))
        if self.target == 0:
            return squares.mean()
        excess = (squares + TINY).sqrt() - self.target
        return (relu(excess) if self.sided == "one" else excess).square().mean()


@hookimpl
def rivalry_components():
    return [GradientPenalty]
