"""A critic divided by the size of its own gradient."""

from collections.abc import Callable

from torch import Tensor

from rivalry.fields import Inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given
from rivalry_zoo.blocks.gradients import rooted
from rivalry_zoo.blocks.wrapping import score_and_slope, uncoupled
from rivalry_zoo.discriminators.mlp import MlpDiscriminator


class GradientNormalised(Discriminator):
    """The scores s [N] of another critic over the norm of their gradient by the sample and their own size.

        s / (|grad s| + |s|)    in (-1, 1), of the sign of s, the same for k s with k > 0

    Where s is linear around x, as with ReLU, LeakyReLU and no more, its slope there is (|grad s| / (|grad s| + |s|))^2,
    at most 1: the critic is Lipschitz but for jumps where two linear pieces meet. Smooth activations lose this bound.
    Conditions are handed on. In a spec: {use: gradient_normalised, critic: {use: resnet, width: 64}}; its game in the
    paper is `hinge`. Both players' turns differentiate it twice.

    Raises ValueError for a critic with batch norm or the like, whose scores depend on other samples, and for one that
    does not give one score a sample.
    """

    name = "gradient_normalised"
    paper = "Wu, Shuai, Tam & Chiu 2021, arXiv:2109.02235"

    def __init__(self, inputs: Given[Inputs], *, critic: Callable[..., Discriminator] = MlpDiscriminator) -> None:
        super().__init__()
        self.critic = uncoupled(critic(inputs), "discriminator gradient_normalised")

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        scores, squares, dtype = score_and_slope(self.critic, x, conditions, "discriminator gradient_normalised")
        return (scores / (rooted(squares) + scores.abs())).to(dtype)


@hookimpl
def rivalry_components():
    return [GradientNormalised]
