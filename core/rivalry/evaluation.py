"""Metrics of a game: features of real and generated samples, compared under a protocol that is kept with every
number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from rivalry.anchors import ANCHORS
from rivalry.extraction import Chunks, Seen, Tick, Wanted, look, look_at_data, order_of
from rivalry.graph.nodes import Node
from rivalry.interfaces import Dataset, Metric
from rivalry.lock import packages
from rivalry.measured import Number, Said, numbers_of
from rivalry.probing import FlowProbe
from rivalry.sampling import Sampling
from rivalry.signature import parameters
from rivalry.spec.model import Spec
from rivalry.spec.uses import plain
from rivalry.streams import seed_of

Found = tuple[Said, dict[str, Any]]
"""What a metric says, and how it was measured."""


def build_metrics(spec: Spec, dataset: Dataset) -> dict[str, Metric]:
    """The spec's metrics, given what the data knows of itself; ValueError in words for data that lacks it."""
    built = {}
    for name, use in spec.metrics.items():
        known = {"modes": dataset.modes, "deviation": dataset.deviation}
        missing = [key for key, p in parameters(use.component).items() if p.given and known.get(key) is None]
        if missing:
            raise ValueError(
                f"the metric '{name}' needs data with known {missing[0]}; {type(dataset).__name__} declares none"
            )
        built[name] = use.build(**known)
    return built


def rows_of(datasets: Mapping[str, Dataset], n: int, seed: int = 0) -> dict[str, Tensor]:
    """n rows of every data set in a random order that depends on the seed alone, by the names of the flow."""
    found: dict[str, Tensor] = {}
    for name, dataset in datasets.items():
        rows = dataset.batch(order_of(dataset, n, seed, *([name] if name else [])))
        found.update({f"{name}.{key}" if name else key: value for key, value in rows.items()})
        if name:
            found[name] = rows[next(iter(dataset.fields))]
    return found


class AgainstData:
    """Metrics that compare samples with data: it gets them ready once, and keeps what they saw of the data."""

    def __init__(self, metrics: Mapping[str, Metric], dataset: Dataset, held_out: Dataset | None, seed: int) -> None:
        self.metrics, self.dataset, self.held_out, self.seed = metrics, dataset, held_out, seed
        self._data: dict[tuple[bool, str], Seen] = {}
        self._fingerprints: dict[str, str] = {}

    def prepare(self, device: torch.device) -> None:
        """Get every extractor ready. ValueError in words for what is missing."""
        for name, metric in self.metrics.items():
            if name not in self._fingerprints:
                self._fingerprints[name] = metric.features.prepare(self.dataset, device)
            if _tests(metric) and self.held_out is None:
                raise ValueError(f"the metric '{name}' needs held-out data, of which there is none")

    def __call__(
        self, fakes: Callable[[int], Chunks], device: torch.device, tick: Tick = lambda seen: None
    ) -> dict[str, Found]:
        """Every metric of as many fakes as it asks for, in one pass over them. ValueError in words for samples that a
        metric cannot judge.
        """
        self.prepare(device)
        seen = self._look(list(self.metrics), fakes, device, tick)
        return {name: self._judge(name, seen) for name in self.metrics}

    def anchors(self, device: torch.device, tick: Tick = lambda seen: None) -> dict[str, dict[str, Said]]:
        """What every metric says of `ANCHORS` in place of fakes, by the anchor's name. What a metric cannot judge, and
        other real data where less than twice a metric's samples are there, is left out.
        """
        self.prepare(device)
        found: dict[str, dict[str, Said]] = {name: {} for name in self.metrics}
        for title, anchor in ANCHORS.items():
            names = [name for name, m in self.metrics.items() if anchor.times * m.samples <= len(self.dataset)]
            draw = partial(anchor.draw, self.dataset, self.seed)
            seen = self._look(names, draw, device, tick)
            for name in names:
                with suppress(ValueError):
                    found[name][title], _ = self._judge(name, seen)
        return found

    def _look(
        self, names: Sequence[str], fakes: Callable[[int], Chunks], device: torch.device, tick: Tick
    ) -> dict[str, Seen]:
        """What the extractors of some metrics see of fakes, after what those of all see of the data, which is kept."""
        if not names:
            return {}
        self._see(self._wanted(self.metrics), False, device, tick)
        self._see(self._wanted([name for name, metric in self.metrics.items() if _tests(metric)]), True, device, tick)
        wanted = self._wanted(names)
        return look(fakes(max(n for _, n in wanted.values())), wanted, device, tick)

    def _wanted(self, names: Iterable[str]) -> Wanted:
        wanted: dict[str, tuple[Any, int]] = {}
        for name in names:
            metric, key = self.metrics[name], self._fingerprints[name]
            wanted[key] = (metric.features, max(metric.samples, wanted[key][1] if key in wanted else 0))
        return wanted

    def _see(self, wanted: Wanted, apart: bool, device: torch.device, tick: Tick) -> None:
        """Look at the data, or at what is held out of it, with every extractor that has not done so."""
        dataset = self.held_out if apart else self.dataset
        new = {key: one for key, one in wanted.items() if (apart, key) not in self._data}
        if new and dataset is not None:
            found = look_at_data(dataset, new, self.seed, device, tick)
            self._data.update({(apart, key): seen for key, seen in found.items()})

    def _judge(self, name: str, fakes: Mapping[str, Seen]) -> Found:
        metric, key = self.metrics[name], self._fingerprints[name]
        real, fake = self._data[False, key].first(metric.samples), fakes[key].first(metric.samples)
        known: dict[str, Any] = {"labels": fake.labels, "real_labels": real.labels}
        if (True, key) in self._data:
            tested = self._data[True, key].first(metric.samples)
            known |= {"held_out": tested.vectors, "held_out_labels": tested.labels}
        needed = {need: known.get(need) for need in metric.needs}
        if missing := [need for need, value in needed.items() if value is None]:
            whose = "a game whose samples are made for labels" if missing[0] == "labels" else "data with labels"
            raise ValueError(f"the metric '{name}' needs {whose}")
        shape = next(iter(self.dataset.fields.values())).shape
        protocol = described(metric) | {"features": key, "size": "x".join(map(str, shape))}
        protocol |= {"real": len(real.vectors), "fake": len(fake.vectors)}
        if (True, key) in self._data and _tests(metric):
            protocol["held_out"] = len(self._data[True, key].first(metric.samples).vectors)
        protocol |= {"split": "train", "data": self.dataset.fingerprint}
        return metric.compute(real.vectors, fake.vectors, **needed), protocol


def _tests(metric: Metric) -> bool:
    """Whether it needs data that the game has not trained on."""
    return any(need.startswith("held_out") for need in metric.needs)


def described(metric: Metric) -> dict[str, Any]:
    """A metric's part of a protocol: its name, its settings, how its extractor resizes."""
    settings = {key: value for key, value in plain(metric).items() if key not in ("use", "features", "samples")}
    return {"metric": metric.name, "settings": settings, "resize": metric.features.resize}


class Evaluation:
    """The metrics of a game, to be computed as often as one likes while it trains; what they see of data is kept."""

    def __init__(self, game: Spec, datasets: Mapping[str, Dataset], main: str, seed: int = 0) -> None:
        self.game, self.datasets, self.main, self.seed = game, datasets, main, seed

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric by the name of its entry."""
        return build_metrics(self.game, self.datasets[self.main])

    @cached_property
    def _comparison(self) -> AgainstData:
        compared = {name: metric for name, metric in self.metrics.items() if not self._of_flow(name)}
        dataset = self.datasets[self.main]
        return AgainstData(compared, dataset, dataset.held_out(), self.seed)

    def _of_flow(self, name: str) -> bool:
        return name in self.game.graph.measured or "generator" in self.metrics[name].needs

    @property
    def samples(self) -> int:
        """How many samples of both sides will be looked at, at most."""
        return 2 * max([metric.samples for metric in self._comparison.metrics.values()], default=0)

    def prepare(self, device: torch.device) -> None:
        """Get ready, so that what is missing is known before anything is computed. ValueError in words."""
        self._comparison.prepare(device)
        for name, metric in self.metrics.items():
            if self._of_flow(name):
                metric.features.prepare(self.datasets[self.main], device)

    def __call__(
        self, sampling: Sampling, weights: str, tick: Tick = lambda seen: None, anchors: bool = False
    ) -> dict[str, Number]:
        """Every number with its protocol and, on demand, `anchors`; `weights` says whose they are, averaged or raw.
        ValueError in words.
        """
        self.prepare(sampling.device)
        found = self._comparison(lambda n: sampling.stream(n, self.seed), sampling.device, tick)
        around = self._comparison.anchors(sampling.device, tick) if anchors else {}
        numbers: dict[str, Number] = {}
        for name, metric in self.metrics.items():
            said, protocol = found[name] if name in found else self._measured(name, metric, sampling)
            versions = packages([type(metric), type(metric.features)])
            protocol |= {"weights": weights, "seed": self.seed, "versions": versions}
            numbers |= numbers_of(name, metric, said, protocol, around.get(name, {}))
        return numbers

    def _measured(self, name: str, metric: Metric, sampling: Sampling) -> Found:
        """A metric of tensors of the flow, or of the generator as a function."""
        nodes = self.game.graph.measured.get(name, ())
        key = metric.features.prepare(self.datasets[self.main], sampling.device)
        protocol = described(metric) | {"features": key, "of": ", ".join(node.text for node in nodes) or None}
        protocol["data"] = self.datasets[self.main].fingerprint
        if "generator" in metric.needs:
            probe = FlowProbe(sampling, nodes[0] if nodes else None)
            protocol |= {"of": probe.space.text, "fake": metric.samples}
            return metric.compute(generator=probe), protocol
        apart = {name: dataset.held_out() for name, dataset in self.datasets.items()}
        held = {name: dataset for name, dataset in apart.items() if dataset is not None}
        whole = held if len(held) == len(self.datasets) else self.datasets
        found, n = measure(metric, nodes, whole, sampling, self.seed)
        return found, protocol | {"rows": n, "split": "held out" if whole is held else "train"}


def measure(
    metric: Metric, nodes: Sequence[Node], datasets: Mapping[str, Dataset], sampling: Sampling, seed: int,
    chunk: int = 256,
) -> tuple[Said, int]:  # fmt: skip
    """A metric of tensors of the flow, over rows of data that the game has not trained on, where there are any."""
    n = min([metric.samples, *map(len, datasets.values())])
    rows = rows_of(datasets, n, seed)
    parts = []
    for start in range(0, n, chunk):
        some = {name: tensor[start : start + chunk].to(sampling.device) for name, tensor in rows.items()}
        parts.append(sampling.values(nodes, min(chunk, n - start), seed_of(seed, start), some))
    return metric.compute(*map(joined, zip(*parts, strict=True))), n


def joined(parts: Sequence[Any]) -> Any:
    """Chunks of one value as a whole; those of a value with several fields field by field."""
    first = parts[0]
    if isinstance(first, Tensor):
        return torch.cat(list(parts))
    return type(first)(*map(joined, zip(*parts, strict=True)))
