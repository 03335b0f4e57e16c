"""Gaussians on a square grid."""

from collections.abc import Mapping
from functools import cached_property
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
class Grid(Dataset):
    """Points `x` (2) of side^2 equally likely Gaussians on a square grid about the origin.

    The usual grid has 25 modes at spacing 2 with deviation 0.05; here it is divided by 4, so that the centres fill
    [-1, 1]^2. `modes` holds the centres [side^2, 2] row by row, and `log_density` the truth. `size` points are drawn
    once from `seed`.
    """

    name: ClassVar[str] = "grid"
    paper: ClassVar[str] = "Dumoulin et al. 2017, arXiv:1606.00704"

    side: Annotated[int, Ge(1)] = 5
    spacing: Annotated[float, Gt(0)] = 0.5
    deviation: Annotated[float, Gt(0)] = 0.0125
    size: Annotated[int, Ge(1)] = 50_000
    seed: int = 0

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((2,))}

    def __len__(self) -> int:
        return self.size

    @cached_property
    def modes(self) -> Tensor:
        """The centres [side^2, 2], float32."""
        along = self.spacing * (torch.arange(self.side) - (self.side - 1) / 2)
        return torch.cartesian_prod(along, along)

    @cached_property
    def _points(self) -> Tensor:
        draw = numbers(self.name, self.seed)
        return blurred(self.modes.numpy()[draw.integers(self.side**2, size=self.size)], self.deviation, draw)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._points})

    def log_density(self, points: Tensor) -> Tensor:
        """The log density [N] that the points were drawn from, at points [N, 2]."""
        return mixture_log_density(points, self.modes, torch.full((self.side**2,), self.side**-2.0), self.deviation)


@hookimpl
def rivalry_components():
    return [Grid]
