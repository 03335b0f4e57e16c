"""Feature vectors of many samples, which are made, looked at and dropped chunk by chunk."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from attrs import frozen
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from rivalry.cache import cache_folder
from rivalry.files import write_atomically
from rivalry.interfaces import Dataset, Features
from rivalry.precision import full_precision
from rivalry.streams import seed_of

CHUNK = 256
"""Samples in memory at once."""

LARGEST = 1 << 30
"""Bytes: what is larger is not kept on disk."""

Chunks = Iterator[tuple[Tensor, Tensor | None]]
"""Samples with their labels, where they have any."""

Tick = Callable[[int], object]
"""Told how many samples have been seen."""


@frozen
class Seen:
    """Feature vectors [n, ...] of samples and their labels [n], where they have any."""

    vectors: Tensor
    labels: Tensor | None = None

    def first(self, n: int) -> "Seen":
        """Of the first n samples."""
        return Seen(self.vectors[:n], None if self.labels is None else self.labels[:n])


Wanted = Mapping[str, tuple[Features, int]]
"""Fingerprint -> the extractor of that fingerprint, and of how many samples it is asked for vectors."""


def order_of(dataset: Dataset, n: int, seed: int, *name: str) -> Tensor:
    """n rows of the data in a random order that depends on the seed alone, so that fewer are the first of more."""
    generator = torch.Generator().manual_seed(seed_of(seed, "evaluation", *name))
    return torch.randperm(len(dataset), generator=generator)[:n]


def labels_field(dataset: Dataset) -> str | None:
    """The first field of class numbers beside the samples; None where the data has none."""
    _, *others = dataset.fields
    return next((name for name in others if dataset.fields[name].classes is not None), None)


def chunks_of(dataset: Dataset, order: Tensor) -> Chunks:
    """The data's samples of these rows, chunk by chunk."""
    main, label = next(iter(dataset.fields)), labels_field(dataset)
    for part in torch.split(order, CHUNK):
        rows = dataset.batch(part)
        yield rows[main], rows[label] if label else None


def real_chunks(dataset: Dataset, n: int, seed: int) -> Chunks:
    """n samples of the data, or all where there are fewer."""
    return chunks_of(dataset, order_of(dataset, n, seed))


@torch.no_grad()
@full_precision()
def look(chunks: Chunks, wanted: Wanted, device: torch.device, tick: Tick) -> dict[str, Seen]:
    """What every extractor sees of as many of the samples as it is asked for, in one pass and in full float32."""
    vectors: dict[str, list[Tensor]] = {key: [] for key in wanted}
    labels: list[Tensor] = []
    start = 0
    for samples, some in chunks:
        here = samples.to(device)
        for key, (features, n) in wanted.items():
            if start < n:
                vectors[key].append(features(here[: n - start]))
        labels += [] if some is None else [some.to(device)]
        start += len(samples)
        tick(len(samples))
    joint = torch.cat(labels) if labels else None
    return {key: Seen(torch.cat(parts), joint).first(wanted[key][1]) for key, parts in vectors.items() if parts}


def look_at_data(dataset: Dataset, wanted: Wanted, seed: int, device: torch.device, tick: Tick) -> dict[str, Seen]:
    """`look` at samples of the data; what a costly extractor saw is kept in the user's cache folder."""
    found, missing = {}, {}
    for key, (features, n) in wanted.items():
        kept = _kept(_place(dataset, key, n, seed), device) if features.costly else None
        if kept is None:
            missing[key] = (features, n)
        else:
            found[key] = kept
    if missing:
        most = max(n for _, n in missing.values())
        for key, seen in look(real_chunks(dataset, most, seed), missing, device, tick).items():
            found[key] = seen
            if missing[key][0].costly:
                _keep(_place(dataset, key, missing[key][1], seed), seen)
    return found


def _place(dataset: Dataset, key: str, n: int, seed: int) -> Path:
    return cache_folder("features") / f"{dataset.fingerprint}-{seed_of(key, n, seed):016x}.safetensors"


def _kept(path: Path, device: torch.device) -> Seen | None:
    """What an earlier evaluation kept; None if there is no such file or, with a warning, a damaged one."""
    if not path.is_file():
        return None
    try:
        tensors = load_file(path, device=str(device))
        return Seen(tensors["vectors"], tensors.get("labels"))
    except (SafetensorError, OSError, KeyError) as error:
        warnings.warn(f"the features kept in {path} are damaged ({error}): extracting them again", stacklevel=2)
        return None


def _keep(path: Path, seen: Seen) -> None:
    """Write vectors for the next evaluation; a cache that cannot be written is a warning."""
    tensors = {"vectors": seen.vectors.cpu().contiguous()}
    if seen.labels is not None:
        tensors["labels"] = seen.labels.cpu().contiguous()
    if sum(tensor.nbytes for tensor in tensors.values()) > LARGEST:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, save(tensors))
    except OSError as error:
        warnings.warn(f"features could not be kept for next time: {error}", stacklevel=2)
