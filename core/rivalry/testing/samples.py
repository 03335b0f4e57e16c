"""Contracts of data and of those who judge samples."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces import Dataset, Score
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


def check_features(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """One vector per sample, which depends on no other."""
    features, data = build(), Points()
    fingerprint = features.prepare(data, torch.device("cpu"))
    demand(
        isinstance(fingerprint, str) and fingerprint,
        f"`prepare` returns the protocol's fingerprint, a text, got {fingerprint!r}",
    )
    samples = data.batch(torch.arange(16))["x"]
    found = features(samples)
    demand(found.ndim == 2 and len(found) == 16, f"wanted feature vectors [16, d], got {tuple(found.shape)}")
    finite("features", found)
    demand(
        torch.allclose(features(samples[:5]), found[:5], atol=1e-5), "a sample's features must not depend on the others"
    )


def check_metric(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """A finite score that is worse far from the data."""
    data = Points()
    metric = build(modes=data.modes, deviation=data.deviation)
    demand(
        component.direction in ("lower", "higher"), f"wanted a direction, lower or higher, got {component.direction!r}"
    )
    demand(metric.samples > 0, f"wanted a number of samples, got {metric.samples}")
    metric.features.prepare(data, torch.device("cpu"))
    rows = data.batch(torch.arange(64))
    labels = {"labels": rows["label"]} if metric.needs_labels else {}
    real = metric.features(rows["x"])
    scores = [metric.compute(real, metric.features(fake), **labels) for fake in (rows["x"].flip(0), rows["x"] + 100)]
    for score in scores:
        demand(isinstance(score, Score) and isfinite(score.value), f"wanted a Score with a finite value, got {score!r}")
    near, far = (score.value if component.direction == "higher" else -score.value for score in scores)
    demand(
        metric.needs_labels or near > far,
        f"{component.direction} is better, yet points far from the data are not worse: {scores}",
    )


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
