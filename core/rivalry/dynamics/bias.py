"""Where a discriminator leaves its bias when there is nothing to tell apart."""

import torch

from rivalry.dynamics.game import WIDE, Setting

FARTHEST = 16.0
STILL = 1e-9


def pull(setting: Setting, bias: float) -> float:
    """The slope of the discriminator's loss by its bias, where the fake law is the real one and the critic is flat."""
    score = torch.full((2,), bias, dtype=WIDE, requires_grad=True)
    real, fake = (torch.zeros(2, setting.dimension, dtype=WIDE) for _ in range(2))
    loss = setting.objective.discriminator_loss(score, score, samples=(real, fake))
    (slope,) = torch.autograd.grad(loss, score, allow_unused=True, materialize_grads=True)
    return float(slope.sum())


def resting(setting: Setting) -> float | None:
    """The bias at which that slope is 0, the nearest to 0 by bisection; None if there is none."""
    if abs(pull(setting, 0.0)) <= STILL:
        return 0.0
    far = -FARTHEST if pull(setting, 0.0) > 0 else FARTHEST
    if pull(setting, far) * pull(setting, 0.0) > 0:
        return None
    near = 0.0
    for _ in range(80):
        middle = (near + far) / 2
        if pull(setting, middle) * pull(setting, near) > 0:
            near = middle
        else:
            far = middle
    return (near + far) / 2
