"""Sampling a diffusion model step by step."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Sampler
from rivalry.marks import Gt
from rivalry.streams import Stream
from rivalry_zoo.blocks.diffusion import Plan, betas, diffusion


@frozen
class Ancestral(Sampler):
    """From noise x_T to data, by x_(t-1) ~ N(mean of x_(t-1) given x_t and x, variance), x as the network has it.

    The network N(x_t, t, ...) foretells the noise e that operation diffuse put in, so x = (x_t - sqrt(1 - a_t) e) /
    sqrt(a_t). With `clip` it is held to the range of the data's field, which spares the first steps values far outside.
    `variance: posterior` is beta_t (1 - a_(t-1)) / (1 - a_t), exact for data at one point; `step` is beta_t, exact for
    data N(0, 1), and the paper's choice for CIFAR. The last step adds no noise. `steps` and `schedule` must be those of
    the flow's diffuse. `conditions` names the fields of the data that the network is given after t.

    Raises ValueError for fewer than 21 linear steps, and for a network or condition that the game does not have.
    """

    name: ClassVar[str] = "ancestral"
    paper: ClassVar[str] = "Ho, Jain & Abbeel 2020, arXiv:2006.11239, algorithm 2"

    network: str = "N"
    steps: Annotated[int, Gt(0)] = 1000
    schedule: Plan = "linear"
    variance: Literal["posterior", "step"] = "posterior"
    clip: bool = True
    conditions: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        betas(self.steps, self.schedule)

    def sample(
        self, networks: Mapping[str, nn.Module], field: Field, n: int, conditions: Mapping[str, Tensor], draw: Stream
    ) -> Tensor:
        """n samples [n, *field.shape]."""
        missing = [name for name in self.conditions if name not in conditions]
        if self.network not in networks or missing:
            lacks = "network", self.network, networks
            lacks = ("condition", missing[0], conditions) if self.network in networks else lacks
            raise ValueError(f"the game has no {lacks[0]} '{lacks[1]}'; it has {', '.join(lacks[2]) or 'none'}")
        given = [conditions[name] for name in self.conditions]
        chain, x = diffusion(self.steps, self.schedule, draw.device), draw.normal(n, *field.shape)
        for step in reversed(range(self.steps)):
            t = torch.full((n,), step, dtype=torch.int64, device=draw.device)
            here = chain.at(t, x)
            data = here.clean(x, networks[self.network](x, t, *given))
            if self.clip and (field.low, field.high) != (None, None):
                data = data.clamp(field.low, field.high)
            x = here.mean(x, data)
            if step:
                spread = here.variance() if self.variance == "posterior" else here.beta
                x = x + spread.sqrt() * draw.normal(n, *field.shape).to(x.dtype)
        return x


@hookimpl
def rivalry_components():
    return [Ancestral]
