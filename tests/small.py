"""Games small enough for a test: shipped specs with narrow networks, and engines, runs and hashes of them."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rivalry.checking import check, open_datasets
from rivalry.distributed import World
from rivalry.engine import Engine
from rivalry.run import Run
from rivalry.spec.model import Spec
from rivalry.training import train
from rivalry_zoo.datasets.array import Array

CPU = torch.device("cpu")
torch.set_num_threads(1)  # tensors this small are only slowed down by threads


def narrow(source: Any, width: int = 8) -> list[str]:
    """The settings that give every network of a spec the same small width."""
    return [f"{use.kind}s.{name}.width={width}" for name, use in Spec.load(source).graph.networks.items()]


def engine_of(source: Any, *settings: str, world: World | None = None, data: Any = None) -> Engine:
    """A game ready to be played on the CPU, on its own data or on given values."""
    if data is not None:
        source = {**source, "data": Array.of(data)}
    checked = check(source, list(settings))
    return Engine(checked.spec, checked.facts, checked.confirmed, open_datasets(checked.spec), CPU, world)


def small_engine(source: Any, *settings: str, batch: int = 8, **more: Any) -> Engine:
    """The same, narrow and with a small batch."""
    return engine_of(source, *narrow(source), f"train.batch={batch}", *settings, **more)


RING = [
    "train.batch=16",
    "train.log_every=2",
    "train.checkpoint_every=4",
    "train.sample_every=1000",
    "train.device=cpu",
]


def ring_run(out: Path, *settings: str, **more: Any) -> Run:
    """A quick run of the ring: a log line every two steps, a checkpoint every four."""
    source = None if more.get("resume") or more.get("fork") else "ring"
    size = [] if source is None else [*narrow("ring"), *RING]
    return train(source, out=out, settings=[*size, *settings], quiet=True, **more)


def copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as they are now."""
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def digest(tensors: Mapping[str, Tensor]) -> str:
    """A hash of every bit of named tensors."""
    total = sha256()
    for name in sorted(tensors):
        total.update(name.encode() + tensors[name].detach().contiguous().cpu().numpy().tobytes())
    return total.hexdigest()


def without_times(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Log lines without what a clock says."""
    return [{key: value for key, value in line.items() if key != "seconds"} for line in history]
