"""A critic over its own gradient, softly."""

from collections.abc import Callable
from typing import Annotated

from torch import Tensor

from rivalry.fields import Inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Given, Gt
from rivalry_zoo.blocks.gradients import rooted
from rivalry_zoo.blocks.wrapping import score_and_slope, uncoupled
from rivalry_zoo.discriminators.mlp import MlpDiscriminator


class Gran(Discriminator):
    """The scores s [N] of another critic, divided by the norm of their gradient by the sample unless that is small.

        scale s |grad s| / (|grad s|^2 + eps)

    It keeps the sign of s. Where s is linear around x, as with ReLU, LeakyReLU and no more, its slope there is
    scale |grad s|^2 / (|grad s|^2 + eps), less than `scale`, the constant K that the paper tunes: a piecewise Lipschitz
    bound, which smooth activations lose. Conditions are handed on. Both players' turns differentiate it twice.

    Raises ValueError for a critic with batch norm or the like, whose scores depend on other samples, and for one that
    does not give one score a sample.
    """

    name = "gran"
    paper = "Bhaskara, Aumentado-Armstrong, Jepson & Levinshtein 2021, arXiv:2111.03162"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        critic: Callable[..., Discriminator] = MlpDiscriminator,
        eps: Annotated[float, Gt(0)] = 0.1,
        scale: Annotated[float, Gt(0)] = 1.0,
    ) -> None:
        super().__init__()
        self.critic = uncoupled(critic(inputs), "discriminator gran")
        self.eps, self.scale = eps, scale

    def forward(self, x: Tensor, *conditions: Tensor) -> Tensor:
        scores, squares, dtype = score_and_slope(self.critic, x, conditions, "discriminator gran")
        return (self.scale * scores * rooted(squares) / (squares + self.eps)).to(dtype)


@hookimpl
def rivalry_components():
    return [Gran]
