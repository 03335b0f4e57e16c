"""A Gaussian in any number of dimensions."""

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
from rivalry.marks import Ge
from rivalry_zoo.blocks.points import numbers
from rivalry_zoo.blocks.rows import content_hash


@frozen
class Gaussian(Dataset):
    """Points `x` (d) = A w with w standard normal and A the square `matrix`, given by its rows: N(0, A A').

    The toy on which a linear generator and a linear encoder can be exact. `size` points are drawn once from `seed`.
    Raises ValueError for a matrix that is not square or has no inverse.
    """

    name: ClassVar[str] = "gaussian"
    paper: ClassVar[str] = "none: elementary"

    matrix: tuple[tuple[float, ...], ...] = ((1.2, 0.5), (-0.3, 0.8))
    size: Annotated[int, Ge(1)] = 50_000
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        rows = [len(row) for row in self.matrix]
        if not rows or set(rows) != {len(rows)}:
            raise ValueError(f"matrix must be square, got {len(rows)} rows of {rows}; write as many numbers as rows")
        if np.linalg.matrix_rank(np.array(self.matrix)) < len(rows):
            raise ValueError(f"matrix must have an inverse, got {self.matrix}; no row may be a mixture of the others")

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((len(self.matrix),))}

    def __len__(self) -> int:
        return self.size

    @cached_property
    def _points(self) -> Tensor:
        draws = numbers(self.name, self.seed).standard_normal((self.size, len(self.matrix)))
        return torch.from_numpy((draws @ np.array(self.matrix).T).astype(np.float32))

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._points})


@hookimpl
def rivalry_components():
    return [Gaussian]
