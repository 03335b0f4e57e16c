"""Metrics of two folders of pictures, whoever made them: no run is needed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import Field, ValidationError

from rivalry.errors import RunError, SpecError, nearest
from rivalry.evaluation import AgainstData
from rivalry.extraction import Tick, real_chunks
from rivalry.interfaces import Dataset, Features, Metric
from rivalry.lock import packages
from rivalry.measured import Number, numbers_of
from rivalry.plugins import plugins
from rivalry.signature import parameters
from rivalry.spec.merge import with_settings
from rivalry.spec.model import faults, named
from rivalry.spec.sections import Section
from rivalry.spec.tree import Tree


class Metrics(Section):
    """The one section of a spec that folders need."""

    metrics: named("metric") = Field({}, description="a mapping of names to metrics")  # type: ignore[valid-type]


def evaluate_folders(
    real: str | Path, fake: str | Path, held_out: str | Path | None = None, *, metrics: Sequence[str] = (),
    features: str | None = None, samples: int | None = None, size: int | None = None, settings: Sequence[str] = (),
    seed: int = 0, device: str = "cpu", tick: Tick = lambda seen: None, anchors: bool = False,
) -> dict[str, Number]:  # fmt: skip
    """Compare the pictures in two folders, with all of them or, where `samples` is given, at most so many of each.

    `metrics` are names, by default those that say so; `features` is what they look through, by default the features
    that say so; `settings` are like `metrics.kid.subsets=100`. Pictures of several sizes need a `size`. Subfolders are
    classes, for metrics that need labels; `held_out` has real pictures that the fakes' maker has not seen. `anchors`
    adds what the metrics say of other real pictures, where there are twice as many, and of noise. RunError and
    SpecError in words.
    """
    sides = [_opened(path, size) for path in (real, fake)]
    apart = None if held_out is None else _opened(held_out, size)
    most = samples or max(map(len, sides))
    built = _built(metrics, features, most, list(settings))
    try:
        if any("labels" in need for metric in built.values() for need in metric.needs):
            _same_classes(*sides)
        compared = AgainstData(built, sides[0], apart, seed)
        found = compared(lambda n: real_chunks(sides[1], n, seed), torch.device(device), tick)
        around = compared.anchors(torch.device(device), tick) if anchors else {}
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error
    fit = None if size is None else "cropped and resampled when the files were read"
    numbers: dict[str, Number] = {}
    for name, (said, protocol) in found.items():
        versions = packages([type(built[name]), type(built[name].features)])
        about = {"fit": fit, "split": "all", "fakes": sides[1].fingerprint, "seed": seed, "versions": versions}
        numbers |= numbers_of(name, built[name], said, protocol | about, around.get(name, {}))
    return numbers


def _opened(path: str | Path, size: int | None) -> Dataset:
    """A folder as data."""
    offers = (component for component, _ in plugins().table()["dataset"].values() if hasattr(component, "of_folder"))
    found = next(offers, None)
    if found is None:
        raise RunError("no installed data set reads folders")
    try:
        return found.of_folder(str(path), size)  # type: ignore[no-any-return]
    except (ValueError, OSError) as error:
        raise RunError(str(error)) from error


def _same_classes(real: Dataset, fake: Dataset) -> None:
    one, other = (getattr(side, "class_names", ()) for side in (real, fake))
    if tuple(one) != tuple(other):
        raise ValueError(f"classes are subfolders, and both sides need the same: {list(one)} and {list(other)}")


def _built(metrics: Sequence[str], features: str | None, samples: int, settings: list[str]) -> dict[str, Metric]:
    """The metrics, checked as a spec's would be; SpecError in words."""
    table = plugins().table()
    usual: Mapping[str, Any] = {name: component for name, (component, _) in table["metric"].items()}
    chosen = list(metrics) or sorted(name for name, component in usual.items() if component.is_default)
    if unknown := [name for name in chosen if name not in usual]:
        raise RunError(f"no metric is called '{unknown[0]}'; {nearest(unknown[0], usual)}")
    through = features or _default_features()
    entries = {name: {"use": name, "samples": samples} for name in chosen}
    for name, entry in entries.items():
        if through and "features" in parameters(usual[name]):
            entry["features"] = through
    tree = with_settings(Tree({"metrics": entries}), settings)
    try:
        built = Metrics.model_validate(tree.value).metrics
    except ValidationError as error:
        raise SpecError(tree.placed(faults(error))) from error
    for name, use in built.items():
        needs = set(use.component.needs) & {"pairs", "generator"}
        if needs or any(parameter.given for parameter in parameters(use.component).values()):
            raise RunError(f"'{name}' measures a game, not folders of pictures: ask for another metric")
    return {name: use.build() for name, use in built.items()}


def _default_features() -> str | None:
    rows = plugins().table()["features"].items()
    found = (name for name, (component, _) in rows if issubclass(component, Features) and component.is_default)
    return next(found, None)
