"""The noise of diffusion models, step by step."""

from functools import cache
from itertools import pairwise
from math import cos, pi
from typing import Literal

import torch
from attrs import frozen
from torch import Tensor

Plan = Literal["linear", "cosine"]
"""How the noise grows."""
LONG = 1000
"""The number of steps for which the linear plan's ends were chosen."""


@frozen(eq=False)
class Diffusion:
    """A Markov chain x_t = sqrt(alpha_t) x_(t-1) + sqrt(beta_t) noise for t = 0, ..., steps - 1, with x_(-1) the data.

    All tensors [steps]: `kept` is alpha_0 ... alpha_t, the share of the data's variance that is left in x_t, and
    `before` the same one step earlier, 1 at t = 0.
    """

    beta: Tensor
    kept: Tensor
    before: Tensor

    def at(self, t: Tensor, like: Tensor) -> "Diffusion":
        """The same numbers at steps t [N], shaped to be multiplied with [N, ...]."""
        shape = (-1, *[1] * (like.ndim - 1))
        return Diffusion(*(part[t].to(like.dtype).reshape(shape) for part in (self.beta, self.kept, self.before)))

    def noisy(self, x: Tensor, noise: Tensor) -> Tensor:
        """x_t of data x: sqrt(kept) x + sqrt(1 - kept) noise."""
        return self.kept.sqrt() * x + (1 - self.kept).sqrt() * noise

    def clean(self, noisy: Tensor, noise: Tensor) -> Tensor:
        """The data x of which noise made x_t."""
        return (noisy - (1 - self.kept).sqrt() * noise) / self.kept.sqrt()

    def mean(self, noisy: Tensor, x: Tensor) -> Tensor:
        """The mean of x_(t-1) where x_t and x are known."""
        own = self.before.sqrt() * self.beta * x + (1 - self.beta).sqrt() * (1 - self.before) * noisy
        return own / (1 - self.kept)

    def variance(self) -> Tensor:
        """The variance of x_(t-1) where x_t and x are known, 0 at t = 0."""
        return self.beta * (1 - self.before) / (1 - self.kept)


def betas(steps: int, plan: Plan) -> list[float]:
    """The variance added at each step.

    linear: from 1e-4 to 0.02 for 1000 steps (Ho et al.), times 1000 / steps for other numbers, which leaves the end of
    the chain as noisy; cosine: 1 - f(t + 1) / f(t), at most 0.999, with f(t) = cos^2((t / steps + s) / (1 + s) pi / 2)
    and s = 0.008 (Nichol & Dhariwal 2021, arXiv:2102.09672). Raises ValueError for fewer than 21 linear steps, whose
    last would be of variance 1 or more.
    """
    if plan == "linear":
        if 0.02 * LONG / steps >= 1:
            raise ValueError(f"a linear plan wants more than 20 steps, got {steps}; take 21, or schedule='cosine'")
        return [(1e-4 + (0.02 - 1e-4) * t / (steps - 1)) * LONG / steps for t in range(steps)]
    left = [cos((t / steps + 0.008) / 1.008 * pi / 2) ** 2 for t in range(steps + 1)]
    return [min(1 - after / before, 0.999) for before, after in pairwise(left)]


@cache  # one copy to a device, not one a call: the host would wait for it
def diffusion(steps: int, plan: Plan, device: torch.device) -> Diffusion:
    """The chain of so many steps on a device, in float64 where it has that."""
    beta = torch.tensor(betas(steps, plan), dtype=torch.float64)
    kept = (1 - beta).cumprod(0)
    before = torch.cat([torch.ones(1, dtype=torch.float64), kept[:-1]])
    dtype = torch.float32 if device.type == "mps" else torch.float64
    return Diffusion(*(part.to(device, dtype) for part in (beta, kept, before)))
