"""Arms that wind outwards from one centre."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np
import torch
from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.points import blurred, curve_nodes, mixture_log_density, numbers
from rivalry_zoo.blocks.rows import content_hash


@frozen
class Spiral(Dataset):
    """Points `x` (2) of equally likely Archimedean arms, blurred by a Gaussian; `label` is the number k of the arm.

    Arm k is u (cos a, sin a) with a = 2 pi (turns u + k / arms), u uniform on [0, 1]. `log_density` is the truth of the
    points, by quadrature along the arms (to 1e-6 within 10 deviations of them, in double precision). `size` points are
    drawn once from `seed`.
    """

    name: ClassVar[str] = "spiral"
    paper: ClassVar[str] = "none: the folklore two-spirals problem (Lang & Witbrock 1988), with any number of arms"

    arms: Annotated[int, Ge(1)] = 2
    turns: Annotated[float, Gt(0)] = 1.0
    deviation: Annotated[float, Gt(0)] = 0.02
    size: Annotated[int, Ge(1)] = 50_000
    seed: int = 0

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((2,)), "label": Field((), classes=self.arms)}

    def __len__(self) -> int:
        return self.size

    def _arm(self, u: np.ndarray, arm: "np.ndarray | int") -> np.ndarray:
        angle = 2 * np.pi * (self.turns * u + arm / self.arms)
        return u[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)

    @cached_property
    def _rows(self) -> dict[str, Tensor]:
        draw = numbers(self.name, self.seed)
        arm = draw.integers(self.arms, size=self.size)
        return {
            "x": blurred(self._arm(draw.random(self.size), arm), self.deviation, draw),
            "label": torch.from_numpy(arm),
        }

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {name: rows[indices] for name, rows in self._rows.items()}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash(self._rows)

    def log_density(self, points: Tensor) -> Tensor:
        """The log density [N] that the points were drawn from, at points [N, 2]."""
        nodes = [curve_nodes(lambda u, arm=arm: self._arm(u, arm), self.deviation) for arm in range(self.arms)]
        centres, weights = (torch.cat(parts) for parts in zip(*nodes, strict=True))
        return mixture_log_density(points, centres, weights / self.arms, self.deviation)


@hookimpl
def rivalry_components():
    return [Spiral]
