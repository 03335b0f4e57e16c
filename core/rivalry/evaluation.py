"""Metrics of a game: features of real and generated samples, compared under a protocol that is kept with every
number.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from rivalry.interfaces import Dataset, Metric, Score
from rivalry.sampling import Sampler
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


def evaluate(
    spec: Spec, dataset: Dataset, sampler: Sampler, seed: int = 0
) -> tuple[dict[str, Score], dict[str, dict[str, Any]]]:
    """Every metric's score, and the protocol of each: extractor, counts, split, seed."""
    scores: dict[str, Score] = {}
    protocols: dict[str, dict[str, Any]] = {}
    fakes: dict[int, tuple[Tensor, dict[str, Tensor]]] = {}
    for name, metric in build_metrics(spec, dataset).items():
        fingerprint = metric.features.prepare(dataset, sampler.device)
        real, _ = real_samples(dataset, metric.samples, seed)
        if metric.samples not in fakes:
            fakes[metric.samples] = sampler.many(metric.samples, seed)
        fake, conditions = fakes[metric.samples]
        scores[name] = score(metric, real, fake, conditions, sampler.device)
        protocols[name] = {
            "metric": metric.name, "features": fingerprint, "real": len(real), "fake": len(fake), "split": "train",
            "seed": seed,
        }  # fmt: skip
    return scores, protocols


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
