"""What critics that differentiate another critic have in common."""

import torch
from torch import Tensor, nn

from rivalry.marks import CouplesBatch
from rivalry_zoo.blocks.gradients import squared_norms
from rivalry_zoo.blocks.precision import wide


def uncoupled(critic: nn.Module, owner: str) -> nn.Module:
    """The critic itself; ValueError if its batch norms or the like let samples of a batch meet."""
    for module in critic.modules():
        if isinstance(module, CouplesBatch | nn.modules.batchnorm._BatchNorm):
            raise ValueError(
                f"{owner} differentiates each score by its own sample, but its critic mixes the samples of a batch "
                f"({type(module).__name__}); give the critic a norm that does not, e.g. norm: none or instance"
            )
    return critic


def score_and_slope(
    critic: nn.Module, x: Tensor, conditions: tuple[Tensor, ...], owner: str
) -> tuple[Tensor, Tensor, torch.dtype]:
    """The scores [N] and the squared norms [N] of their gradients by the samples x [N, ...], both at least float32; the
    type of the scores as they came.

    Works for samples that need no gradient and where none are taken. Both can be differentiated again by whatever
    requires it: samples, conditions, weights. ValueError unless the critic gives one score a sample.
    """
    again = torch.is_grad_enabled() and any(t.requires_grad for t in (x, *conditions, *critic.parameters()))
    with torch.enable_grad():
        point = x if x.requires_grad else x.detach().requires_grad_()
        scores = critic(point, *conditions)
        if not isinstance(scores, Tensor) or scores.numel() != len(x):
            got = list(scores.shape) if isinstance(scores, Tensor) else f"{len(scores)} tensors"
            raise ValueError(f"{owner} wants a critic that gives one score a sample and nothing else, got {got}")
        (gradient,) = torch.autograd.grad(scores.sum(), point, create_graph=again)
    found = scores.reshape(len(x)) if again else scores.detach().reshape(len(x))
    return wide(found), squared_norms(gradient), scores.dtype
