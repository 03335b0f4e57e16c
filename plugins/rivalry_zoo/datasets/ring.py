"""Gaussians on a circle."""

from collections.abc import Mapping
from functools import cached_property
from math import pi
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.points import blurred, mixture_log_density, numbers
from rivalry_zoo.blocks.rows import content_hash


@frozen
class Ring(Dataset):
    """Points `x` (2) of equally likely Gaussians, `modes` of them, evenly spaced on a circle from angle 0.

    The usual ring has 8 modes on radius 2 with deviation 0.05; here it is divided by its radius, as networks prefer.
    The attribute `modes` holds the centres [modes, 2], and `log_density` the truth. `size` points are drawn once from
    `seed`.
    """

    name: ClassVar[str] = "ring"
    paper: ClassVar[str] = "Metz, Poole, Pfau & Sohl-Dickstein 2016, arXiv:1611.02163"

    _modes: Annotated[int, Ge(1)] = 8
    radius: Annotated[float, Gt(0)] = 1.0
    deviation: Annotated[float, Gt(0)] = 0.025
    size: Annotated[int, Ge(1)] = 50_000
    seed: int = 0

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((2,))}

    def __len__(self) -> int:
        return self.size

    @cached_property
    def modes(self) -> Tensor:
        """The centres [modes, 2], float32."""
        angles = torch.arange(self._modes, dtype=torch.float64) * (2 * pi / self._modes)
        return (self.radius * torch.stack([angles.cos(), angles.sin()], 1)).float()

    @cached_property
    def _points(self) -> Tensor:
        draw = numbers(self.name, self.seed)
        return blurred(self.modes.numpy()[draw.integers(self._modes, size=self.size)], self.deviation, draw)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._points})

    def log_density(self, points: Tensor) -> Tensor:
        """The log density [N] that the points were drawn from, at points [N, 2]."""
        return mixture_log_density(points, self.modes, torch.full((self._modes,), 1 / self._modes), self.deviation)


@hookimpl
def rivalry_components():
    return [Ring]
