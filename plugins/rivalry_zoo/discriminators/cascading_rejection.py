"""Several scores of one feature vector, each blind to what the ones before it saw."""

from collections.abc import Callable
from inspect import signature
from typing import Annotated

from torch import Tensor, nn

from rivalry.fields import Inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Discriminator
from rivalry.marks import Ge, Given
from rivalry_zoo.discriminators.mlp import MlpDiscriminator

OWNER = "discriminator cascading_rejection"
TINY = 1e-12
"""A weight shorter than 1e-6 rejects nothing, rather than dividing by 0."""


class CascadingRejection(Discriminator):
    """A list of `rounds` scores [N] of the feature vectors v [N, width] that another critic gives.

        score_i = w_i . v_i,   v_1 = v,   v_(i+1) = v_i - (w_i . v_i / |w_i|^2) w_i

    What is left for a score is orthogonal to the weight before it, so every score must find another direction in which
    real and fake differ. Gradients flow through the projections. Objectives take the mean loss over the list. One round
    is a critic with one more linear layer; a weight parallel to the one before it scores 0.

    The critic is asked for its vector by the given fact `scores`, and receives conditions as they come. Raises
    ValueError for a critic that has no such argument, and for more rounds than the vector has components, after which
    nothing is left.

    Paper: Shin, Yeo & Ko 2019, arXiv:1911.10979.
    """

    name = "cascading_rejection"
    paper = "Shin, Yeo & Ko 2019, arXiv:1911.10979"

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        critic: Callable[..., Discriminator] = MlpDiscriminator,
        width: Annotated[int, Ge(2)] = 64,
        rounds: Annotated[int, Ge(1)] = 3,
    ) -> None:
        super().__init__()
        if rounds > width:
            raise ValueError(
                f"{OWNER} rejects one component a round, got {rounds} rounds for vectors of {width}; "
                f"take rounds: {width} or a larger width"
            )
        if "scores" not in signature(critic).parameters:
            name = getattr(critic, "func", critic).name
            raise ValueError(f"{OWNER} wants a critic that can give a vector, '{name}' cannot; take e.g. critic: mlp")
        self.critic = critic(inputs, scores=width)
        self.rounds = nn.ModuleList(nn.Linear(width, 1, bias=False) for _ in range(rounds))

    def forward(self, x: Tensor, *conditions: Tensor) -> list[Tensor]:
        vector, scores = self.critic(x, *conditions), []
        if not isinstance(vector, Tensor) or vector.ndim != 2:
            got = list(vector.shape) if isinstance(vector, Tensor) else f"{len(vector)} tensors"
            raise ValueError(f"{OWNER} wants a critic that gives one vector a sample and nothing else, got {got}")
        for linear in self.rounds:
            weight = linear.weight[0]
            scores.append(vector @ weight)
            vector = vector - (scores[-1] / weight.square().sum().clamp_min(TINY)).unsqueeze(1) * weight
        return scores


@hookimpl
def rivalry_components():
    return [CascadingRejection]
