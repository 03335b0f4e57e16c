"""The contract of data, and data for those who judge samples."""

from collections.abc import Mapping
from math import isclose
from typing import Any

import torch
from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces import Dataset
from rivalry.testing.demands import Build, demand, finite


class Points(Dataset):
    """A small data set of known modes and labels, for metrics and features to look at."""

    name, paper = "points", "none: made for tests"
    deviation = 0.1

    def __init__(self) -> None:
        self.modes = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
        self._labels = torch.arange(64) % 2
        self._points = self.modes[self._labels] + 0.1 * torch.randn(64, 2, generator=torch.Generator().manual_seed(0))

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field(2), "label": Field((), classes=2)}

    def __len__(self) -> int:
        return 64

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices], "label": self._labels[indices]}

    @property
    def fingerprint(self) -> str:
        return "points"


class Sequences(Points):
    """Three symbols in turn, each one-hot, as long as a short sound."""

    name = "sequences"
    length = 1024

    def __init__(self) -> None:
        super().__init__()
        self.modes = None
        turns = (torch.arange(self.length) + torch.arange(64)[:, None]) % 3
        self._points = torch.nn.functional.one_hot(turns, 3).float().mT

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((3, self.length)), "label": Field((), classes=2)}


class Pictures(Points):
    """Noise in squares."""

    name = "pictures"

    def __init__(self) -> None:
        super().__init__()
        self.modes = None
        self._points = torch.rand(64, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((1, 32, 32), low=-1, high=1), "label": Field((), classes=2)}


def check_dataset(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Batches as `fields` declares them, in the order of the indices; a fingerprint of the content."""
    data, length = build(), len(build())
    demand(data.fields and length > 0, "a data set has fields and examples")
    order = torch.tensor([length - 1, 0, length // 2, 0])
    rows = data.batch(order)
    demand(list(rows) == list(data.fields), f"`fields` says {list(data.fields)}, but a batch has {list(rows)}")
    for key, field in data.fields.items():
        row = rows[key]
        demand(row.shape == (4, *field.shape), f"`{key}` is declared as {field}, but a batch has {tuple(row.shape)}")
        wanted = torch.float32 if field.classes is None else torch.int64
        demand(row.dtype == wanted, f"wanted `{key}` as {wanted}, got {row.dtype}")
        low, high = (0, field.classes - 1) if field.classes is not None else (field.low, field.high)
        finite(f"`{key}`", row)
        demand(low is None or row.min() >= low, f"`{key}` is declared to be at least {low}, got {row.min()}")
        demand(high is None or row.max() <= high, f"`{key}` is declared to be at most {high}, got {row.max()}")
        _check_frequencies(key, field)
        demand(torch.equal(row[1], row[3]), f"row 0 of `{key}` must be the same each time")
        demand(
            torch.equal(data.batch(order.flip(0))[key], row.flip(0)),
            f"rows of `{key}` must follow the indices, in any order",
        )
    demand(
        isinstance(data.fingerprint, str) and data.fingerprint == build().fingerprint,
        "equal data must have equal fingerprints",
    )
    kept = data.held_out()
    demand(kept is None or dict(kept.fields) == dict(data.fields), "held-out data must have the same fields")


def _check_frequencies(key: str, field: Field) -> None:
    if field.frequencies is None:
        return
    demand(field.classes == len(field.frequencies), f"wanted one frequency a class of `{key}`, got {field.frequencies}")
    fits = min(field.frequencies) >= 0 and isclose(sum(field.frequencies), 1, abs_tol=1e-6)
    demand(fits, f"the frequencies of `{key}` must be shares of 1, got {field.frequencies}")
