"""Contracts of those who judge samples: features and metrics."""

import inspect
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import torch

from rivalry.interfaces import Metric, Score
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.samples import Points, Sequences


def check_features(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """One vector per sample, which depends on no other."""
    features, accepted = build(), 0
    fingerprint = features.prepare(Points(), torch.device("cpu"))
    demand(
        isinstance(fingerprint, str) and fingerprint,
        f"`prepare` returns the protocol's fingerprint, a text, got {fingerprint!r}",
    )
    for data in (Points(), Sequences()):
        if accepted:
            break
        samples = data.batch(torch.arange(16))["x"]
        try:
            found = features(samples)
        except ValueError:
            continue
        accepted += 1
        demand(found.ndim == 2 and len(found) == 16, f"wanted feature vectors [16, d], got {tuple(found.shape)}")
        finite("features", found)
        demand(
            torch.allclose(features(samples[:5]), found[:5], atol=1e-5),
            "a sample's features must not depend on the others",
        )
    demand(accepted, "it refuses points and sequences alike")


def check_metric(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """A finite score; of real and fake samples, one that is worse far from the data."""
    demand(
        component.direction in ("lower", "higher"), f"wanted a direction, lower or higher, got {component.direction!r}"
    )
    names = [name for name in inspect.signature(component.compute).parameters if name != "self"]
    tried = _compared if names[:2] == ["real", "fake"] else _of_tensors
    refusals: list[str] = []
    found = 0
    for data in (Points(), Sequences()):
        metric = build(modes=data.modes, deviation=data.deviation)
        demand(metric.samples > 0, f"wanted a number of samples, got {metric.samples}")
        for scores in tried(metric, data, names, refusals):
            found += 1
            for score in scores:
                fits = isinstance(score, Score) and isfinite(score.value)
                demand(fits, f"wanted a Score with a finite value, got {score!r}")
            near, far = (score.value if component.direction == "higher" else -score.value for score in scores)
            demand(
                tried is _of_tensors or metric.needs_labels or near > far,
                f"{component.direction} is better, yet samples far from the data are not worse: {scores}",
            )
        if found:
            return
    demand(False, "it refuses everything it is tried on:\n" + "\n".join(refusals))


def _compared(metric: Metric, data: Points, names: list[str], refusals: list[str]) -> Iterator[tuple[Any, Any]]:
    """The scores of samples of the data, and of samples far from it."""
    rows = data.batch(torch.arange(64))
    far = rows["x"] + 100 * torch.eye(rows["x"].shape[1])[0].reshape(-1, *[1] * (rows["x"].ndim - 2))
    labels = {"labels": rows["label"]} if metric.needs_labels else {}
    try:
        metric.features.prepare(data, torch.device("cpu"))
        real = metric.features(rows["x"])
        near, away = (metric.compute(real, metric.features(fake), **labels) for fake in (rows["x"].flip(0), far))
    except ValueError as error:
        refusals.append(str(error))
        return
    yield near, away


def _of_tensors(metric: Metric, data: Points, names: list[str], refusals: list[str]) -> Iterator[tuple[Any, Any]]:
    """The scores of tensors of a flow, which say `of`: the same twice."""
    metric.features.prepare(data, torch.device("cpu"))
    rows = data.batch(torch.arange(64))
    for some in (rows["x"], rows["label"], torch.rand(64)):
        for other in [rows["label"], some] if len(names) > 1 else [some]:
            tensors = [some, *[other] * (len(names) - 1)]
            try:
                yield metric.compute(*tensors), metric.compute(*tensors)
            except ValueError as error:
                refusals.append(str(error))
