"""A rolled-up strip seen from its edge."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.points import blurred, curve_nodes, mixture_log_density, numbers
from rivalry_zoo.blocks.rows import content_hash


def roll(u: np.ndarray) -> np.ndarray:
    """Places [N, 2] on the curve for u [N] on [0, 1]: one turn and a half, the outer end at distance 1."""
    angle = 1.5 * np.pi * (1 + 2 * u)
    return angle[:, None] / (4.5 * np.pi) * np.stack([np.cos(angle), np.sin(angle)], 1)


@frozen
class SwissRoll(Dataset):
    """Points `x` (2) of the curve t (cos t, sin t) / 4.5 pi, t uniform on [1.5 pi, 4.5 pi], blurred by a Gaussian.

    `log_density` is the truth, by quadrature along the curve (to 1e-6 within 10 deviations of it, in double precision).
    `size` points are drawn once from `seed`.
    """

    name: ClassVar[str] = "swiss_roll"
    paper: ClassVar[str] = "Gulrajani et al. 2017, arXiv:1704.00028 (as a toy); Tenenbaum et al. 2000 (the roll)"

    deviation: Annotated[float, Gt(0)] = 0.02
    size: Annotated[int, Ge(1)] = 50_000
    seed: int = 0

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((2,))}

    def __len__(self) -> int:
        return self.size

    @cached_property
    def _points(self) -> Tensor:
        draw = numbers(self.name, self.seed)
        return blurred(roll(draw.random(self.size)), self.deviation, draw)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._points})

    def log_density(self, points: Tensor) -> Tensor:
        """The log density [N] that the points were drawn from, at points [N, 2]."""
        return mixture_log_density(points, *curve_nodes(roll, self.deviation), self.deviation)


@hookimpl
def rivalry_components():
    return [SwissRoll]
