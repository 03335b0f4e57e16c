"""Metrics of a game: features of real and generated samples, compared under a protocol that is kept with every
number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from rivalry.graph.nodes import Node
from rivalry.interfaces import Dataset, Metric, Score
from rivalry.sampling import Sampling
from rivalry.signature import parameters
from rivalry.spec.model import Spec
from rivalry.streams import seed_of


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


def real_samples(dataset: Dataset, n: int, seed: int = 0) -> tuple[Tensor, dict[str, Tensor]]:
    """n real samples in a random order that depends on the seed alone, with their other fields."""
    generator = torch.Generator().manual_seed(seed_of(seed, "evaluation"))
    rows = dataset.batch(torch.randperm(len(dataset), generator=generator)[:n])
    main = next(iter(dataset.fields))
    return rows.pop(main), rows


def rows_of(datasets: Mapping[str, Dataset], n: int, seed: int = 0) -> dict[str, Tensor]:
    """n rows of every data set in a random order that depends on the seed alone, by the names of the flow."""
    found: dict[str, Tensor] = {}
    for name, dataset in datasets.items():
        generator = torch.Generator().manual_seed(seed_of(seed, "evaluation", *([name] if name else [])))
        rows = dataset.batch(torch.randperm(len(dataset), generator=generator)[:n])
        found.update({f"{name}.{key}" if name else key: value for key, value in rows.items()})
        if name:
            found[name] = rows[next(iter(dataset.fields))]
    return found


def evaluate(
    spec: Spec, datasets: Mapping[str, Dataset], sampling: Sampling, main: str = "", seed: int = 0
) -> tuple[dict[str, Score], dict[str, dict[str, Any]]]:
    """Every metric's score, and the protocol of each: extractor, counts, split, seed. `main` names the data set that
    samples are compared with.
    """
    scores: dict[str, Score] = {}
    protocols: dict[str, dict[str, Any]] = {}
    fakes: dict[int, tuple[Tensor, dict[str, Tensor]]] = {}
    dataset = datasets[main]
    for name, metric in build_metrics(spec, dataset).items():
        fingerprint = metric.features.prepare(dataset, sampling.device)
        protocols[name] = {"metric": metric.name, "features": fingerprint, "seed": seed}
        if nodes := spec.graph.measured.get(name):
            apart = {key: own.held_out() for key, own in datasets.items()}
            held = {key: own for key, own in apart.items() if own is not None}
            whole = held if len(held) == len(datasets) else datasets
            scores[name], n = measure(metric, nodes, whole, sampling, seed)
            said = next(use.words["of"] for key, use in spec.metrics.items() if key == name)
            protocols[name] |= {"of": said, "rows": n, "split": "held out" if whole is held else "train"}
            continue
        real, _ = real_samples(dataset, metric.samples, seed)
        if metric.samples not in fakes:
            fakes[metric.samples] = sampling.many(metric.samples, seed)
        fake, conditions = fakes[metric.samples]
        scores[name] = score(metric, real, fake, conditions, sampling.device)
        protocols[name] |= {"real": len(real), "fake": len(fake), "split": "train"}
    return scores, protocols


def measure(
    metric: Metric, nodes: Sequence[Node], datasets: Mapping[str, Dataset], sampling: Sampling, seed: int,
    chunk: int = 256,
) -> tuple[Score, int]:  # fmt: skip
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


def score(metric: Metric, real: Tensor, fake: Tensor, conditions: Mapping[str, Tensor], device: torch.device) -> Score:
    """One metric of real and fake samples; a metric that asks for labels gets those the fakes were made for."""
    features = [chunked(metric, samples, device) for samples in (real, fake)]
    if not metric.needs_labels:
        return metric.compute(*features)
    labels = [tensor for tensor in conditions.values() if not tensor.is_floating_point()]
    if not labels:
        raise ValueError(f"the metric '{metric.name}' needs a game whose samples are made for labels")
    return metric.compute(*features, labels=labels[0].to(device))


def chunked(metric: Metric, samples: Tensor, device: torch.device, chunk: int = 256) -> Tensor:
    """Feature vectors of many samples in bounded memory."""
    with torch.no_grad():
        return torch.cat([metric.features(part.to(device)) for part in torch.split(samples, chunk)])
