"""A critic that has met neither generator nor data: trained for one measurement, then thrown away."""

import torch
from torch import Tensor, nn

from rivalry.streams import Stream, own_randomness, seed_of
from rivalry_zoo.optimizers.adam import Adam
from rivalry_zoo.penalties.gradient import GradientPenalty

BATCH = 64
"""Samples of either side in a step."""

STRENGTH = 100.0
"""The weight of the gradient penalty: ten times its paper's, so that the steepest slope is little above the others."""

RATE = 2e-3
"""The first step's."""

ADAM = Adam(betas=(0.5, 0.9))
PENALTY = GradientPenalty(sided="one")
"""One-sided: on a line, one that punishes slopes below 1 too would hold a critic to the sign that it began with."""


def fresh_critic(real: Tensor, fake: Tensor, steps: int, width: int, seed: int) -> nn.Module:
    """A perceptron of two smooth hidden layers that parts real [N, d] from fake [M, d] as WGAN-GP's critic does.

    It minimises E D(fake) - E D(real) + 100 E max(0, |grad D| - 1)^2, the penalty on lines between both, by
    Adam(0.5, 0.9) at a rate that falls linearly from 0.002. Equal seeds give equal critics; the global random state
    stays as it is. Smooth, because otherwise the slope of a kink would stand for the whole.
    """
    device, d = real.device, real.shape[1]
    with own_randomness(device, seed_of("weights", seed)), torch.enable_grad():
        layers = [nn.Linear(d, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)]
        critic = nn.Sequential(*layers, nn.Flatten(0)).to(device)
        draw = Stream(torch.Generator(device=device).manual_seed(seed_of("batches", seed)), device)
        weights = list(critic.parameters())
        state = ADAM.start(weights)
        for step in range(steps):
            some, others = (rows[draw.integers(len(rows), BATCH)] for rows in (real, fake))
            gap = critic(others).mean() - critic(some).mean()
            loss = gap + STRENGTH * PENALTY.forward(critic, some, others, draw=draw)
            ADAM.step(weights, list(torch.autograd.grad(loss, weights)), state, lr=RATE * (1 - step / steps))
    return critic.eval().requires_grad_(False)


def steepness(critic: nn.Module, points: Tensor) -> Tensor:
    """The norms [N] of a critic's gradient at points [N, d]."""
    with torch.enable_grad():
        points = points.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(critic(points).sum(), points)
    return slopes.norm(dim=1)
