"""A weight that keeps one loss's gradient as large as another's."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Weight
from rivalry.marks import Ge, Gt, Number
from rivalry_zoo.blocks.precision import wide


def joint_norm(gradients: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm of several tensors taken as one vector, 0-dim, in at least float32."""
    return torch.stack([torch.linalg.vector_norm(wide(gradient)) for gradient in gradients]).norm()


@frozen
class GradientRatio(Weight):
    """scale * min(|g_of| / (|g_over| + delta), high): a loss as strong as others, where it is taken.

    g_of is the gradient of the losses named by `of`, g_over that of the loss itself, both by the parameters named by
    `at`, and | | the norm over all of them. The weight is a constant to the step that uses it. With scale 1 it undoes
    any factor of its own loss and follows every factor of the others, up to delta and high. Defaults are those of
    VQGAN's code; its paper writes delta = 1e-6 and no scale.
    """

    name: ClassVar[str] = "gradient_ratio"
    paper: ClassVar[str] = "Esser, Rombach & Ommer 2020, arXiv:2012.09841, equation 7"

    scale: Number = 0.8
    high: Annotated[float, Ge(0)] = 1e4
    delta: Annotated[float, Gt(0)] = 1e-4

    def __call__(self, of: Sequence[Tensor], over: Sequence[Tensor]) -> Tensor:
        """The weight, 0-dim, without a gradient."""
        with torch.no_grad():
            return self.scale * (joint_norm(of) / (joint_norm(over) + self.delta)).clamp(max=self.high)


@hookimpl
def rivalry_components():
    return [GradientRatio]
