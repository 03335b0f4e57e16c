"""Data on its way into noise."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry_zoo.blocks.diffusion import Plan, diffusion


@frozen
class Diffuse(Operation):
    """diffuse(x, e, t, steps=1000): sqrt(a_t) x + sqrt(1 - a_t) e, what t + 1 steps of noise make of data x [N, ...].

    e is standard normal noise of x's shape, t whole numbers [N] in [0, steps), and a_t the product of 1 - beta over the
    steps so far. `schedule` is linear (beta from 1e-4 to 0.02 for 1000 steps, times 1000 / steps for others, more than
    20) or cosine (arXiv:2102.09672). Sampler ancestral goes back, told the same steps and schedule. Raises
    ValueError for shapes that differ.
    """

    name: ClassVar[str] = "diffuse"
    paper: ClassVar[str] = "Ho, Jain & Abbeel 2020, arXiv:2006.11239"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor, e: Tensor, t: Tensor, *, steps: int = 1000, schedule: Plan = "linear") -> Tensor:
        if x.shape != e.shape:
            raise ValueError(f"diffuse wants noise of the data's shape, got {list(e.shape)} and {list(x.shape)}")
        return diffusion(steps, schedule, x.device).at(t, x).noisy(x, e)


@hookimpl
def rivalry_components():
    return [Diffuse]
