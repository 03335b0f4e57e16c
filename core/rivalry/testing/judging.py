"""Contracts of those who judge samples: features and metrics."""

import inspect
from collections.abc import Iterator, Mapping
from math import isfinite, prod
from typing import Any

import torch
from torch import Tensor

from rivalry.interfaces import Metric, Probe, Score
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.samples import Pictures, Points, Sequences


def check_features(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """One vector per sample, which depends on no other. What is `costly` may lack its weights, and say so."""
    features, accepted = build(), 0
    refusals: list[str] = []
    for data in (Points(), Sequences(), Pictures()):
        if accepted:
            break
        samples = data.batch(torch.arange(16))["x"]
        try:
            fingerprint = features.prepare(data, torch.device("cpu"))
            found = features(samples)
        except ValueError as error:
            refusals.append(str(error))
            continue
        accepted += 1
        demand(
            isinstance(fingerprint, str) and fingerprint,
            f"`prepare` returns the protocol's fingerprint, a text, got {fingerprint!r}",
        )
        demand(found.ndim == 2 and len(found) == 16, f"wanted feature vectors [16, d], got {tuple(found.shape)}")
        finite("features", found)
        demand(
            torch.allclose(features(samples[:5]), found[:5], atol=1e-5),
            "a sample's features must not depend on the others",
        )
    demand(accepted or features.costly, "it refuses points, sequences and pictures alike:\n" + "\n".join(refusals))


def check_metric(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Finite scores within the declared range; of real and fake samples, ones that are worse far from the data."""
    demand(
        component.direction in ("lower", "higher"), f"wanted a direction, lower or higher, got {component.direction!r}"
    )
    low, high = component.range
    demand(low < high, f"wanted a range (low, high), got {component.range}")
    signature = inspect.signature(component.compute).parameters
    words = {name for name, parameter in signature.items() if parameter.kind is parameter.KEYWORD_ONLY}
    demand(words == set(component.needs) - {"pairs"}, f"`needs` says {component.needs}, but `compute` takes {words}")
    tried = _probed if "generator" in words else _of_tensors if "pairs" in component.needs else _compared
    refusals: list[str] = []
    found = 0
    for data in (Points(), Sequences(), Pictures()):
        metric = build(modes=data.modes, deviation=data.deviation)
        demand(metric.samples > 0, f"wanted a number of samples, got {metric.samples}")
        for pair, ranks in tried(metric, data, refusals):
            found += 1
            scores = [_parts(metric, score) for score in pair]
            for score in (score for parts in scores for score in parts.values()):
                fits = isinstance(score, Score) and isfinite(score.value) and low <= score.value <= high
                demand(fits, f"wanted a Score with a finite value in {component.range}, got {score!r}")
            sign = 1 if component.direction == "higher" else -1
            worse = any(sign * near.value > sign * scores[1][part].value for part, near in scores[0].items())
            demand(
                worse or not ranks,
                f"{component.direction} is better, yet samples far from the data are not worse: {scores}",
            )
        if found:
            return
    demand(False, "it refuses everything it is tried on:\n" + "\n".join(refusals))


def _parts(metric: Metric, score: Any) -> dict[str, Score]:
    if isinstance(score, Mapping):
        demand(list(score) == list(metric.parts), f"`parts` says {metric.parts}, but it computes {list(score)}")
        return dict(score)
    demand(not metric.parts, f"`parts` says {metric.parts}, but it computes {score!r}")
    return {"": score}


Pair = tuple[Any, Any]


def _compared(metric: Metric, data: Points, refusals: list[str]) -> Iterator[tuple[Pair, bool]]:
    """The scores of samples of the data, and of samples far from it; they rank if the metric compares these two
    alone: not if it looks at more, or at the fakes only.
    """
    rows = data.batch(torch.arange(64))
    x, label = rows["x"], rows["label"]
    far = x + 100 * torch.eye(x.shape[1])[0].reshape(-1, *[1] * (x.ndim - 2)) if x.ndim < 4 else -x.square()
    try:
        metric.features.prepare(data, torch.device("cpu"))
        real = metric.features(x)
        new = metric.features(x.flip(0) + torch.linspace(-0.01, 0.01, len(x)).reshape(-1, *[1] * (x.ndim - 1)))
        known = {"labels": label, "real_labels": label, "held_out": new, "held_out_labels": label.flip(0)}
        needed = {need: known[need] for need in metric.needs}
        near, away = (metric.compute(real, metric.features(fake), **needed) for fake in (x.flip(0), far))
        blind = near == metric.compute(metric.features(far), metric.features(x.flip(0)), **needed)
        yield (near, away), not needed and not blind
    except ValueError as error:
        refusals.append(str(error))


def _of_tensors(metric: Metric, data: Points, refusals: list[str]) -> Iterator[tuple[Pair, bool]]:
    """The scores of tensors of a flow, which say `of`: the same twice."""
    try:
        metric.features.prepare(data, torch.device("cpu"))
    except ValueError as error:
        refusals.append(str(error))
        return
    names = [name for name in inspect.signature(metric.compute).parameters if name != "self"]
    rows = data.batch(torch.arange(64))
    for some in (rows["x"], rows["label"], torch.rand(64)):
        for other in [rows["label"], some, some.flip(0)] if len(names) > 1 else [some]:
            tensors = [some, *[other] * (len(names) - 1)]
            try:
                yield (metric.compute(*tensors), metric.compute(*tensors)), False
            except ValueError as error:
                refusals.append(str(error))


class _Linear(Probe):
    """Samples that follow their points linearly, and, with the seed, a little noise."""

    device = torch.device("cpu")
    source = True

    def __init__(self, data: Points) -> None:
        self.field = data.fields["x"]
        draw = torch.Generator().manual_seed(0)
        self.spread = torch.randn(4, prod(self.field.shape), generator=draw) / 4

    def draw(self, n: int, seed: int) -> Tensor:
        return torch.randn(n, 4, generator=torch.Generator().manual_seed(seed))

    def __call__(self, points: Tensor, seed: int = 0) -> Tensor:
        return (points @ self.spread).reshape(-1, *self.field.shape)


class _Shifting(_Linear):
    """A map as points, and its samples twice as large and as bright."""

    source = False

    def draw(self, n: int, seed: int) -> Tensor:
        return torch.randn(n, 1, 16, 16, generator=torch.Generator().manual_seed(seed))

    def __call__(self, points: Tensor, seed: int = 0) -> Tensor:
        return torch.nn.functional.interpolate(points, scale_factor=2.0) / 4


def _probed(metric: Metric, data: Points, refusals: list[str]) -> Iterator[tuple[Pair, bool]]:
    """The scores of a generator that is known: the same twice."""
    for probe in (_Linear(data), _Shifting(data)):
        try:
            metric.features.prepare(data, torch.device("cpu"))
            yield (metric.compute(generator=probe), metric.compute(generator=probe)), False
            return
        except ValueError as error:
            refusals.append(str(error))
