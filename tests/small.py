"""Games small enough for a test: shipped specs with narrow networks, and engines, runs and hashes of them."""

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from math import lcm
from pathlib import Path
from typing import Any, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.checking import Checked, check, open_datasets
from rivalry.distributed import World
from rivalry.engine import Engine
from rivalry.fields import Field
from rivalry.interfaces import Dataset
from rivalry.plugins import plugins
from rivalry.run import Run
from rivalry.spec.load import tree_of
from rivalry.spec.model import Spec
from rivalry.stages import enter
from rivalry.training import train
from rivalry_zoo.datasets.array import Array

CPU = torch.device("cpu")
torch.set_num_threads(1)  # tensors this small are only slowed down by threads


TINY = Path(__file__).parent / "specs" / "tiny"


@cache
def shipped() -> tuple[str, ...]:
    """The shipped specs that can be played; one without data is an overlay, to be laid over others."""
    return tuple(name for name in sorted(plugins().specs()) if "data" in tree_of(name, []).value)


def tiny(name: str) -> tuple[str, list[str]]:
    """A shipped spec at its smallest, with the settings that make it so: its own overlay, or narrow networks."""
    if (own := TINY / f"{name}.yaml").is_file():
        return str(own), []
    return name, [*narrow(name, 16 if name.startswith("ring") else 4), "train.batch=8"]


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


def begin(game: Engine, earliest: int = 0) -> None:
    """Put a game at the first step in which every loss is active, with its players' gates open."""
    terms = game.spec.graph.terms
    every = lcm(*(term.every for term in terms))
    game.now.step = -(-max(earliest, *(term.after for term in terms)) // every) * every
    game.now.knows = lambda *labels: False


def begun(found: Checked, datasets: Mapping[str, Dataset], stage: int = 0) -> Engine:
    """The game of a stage, entered as in a run, after one step of each stage before it."""
    before: Engine | None = None
    for index, game in enumerate(found.spec.games()[: stage + 1]):
        if before is not None:
            begin(before)
            before.step()
        engine = Engine(game, found.facts, found.stages[index], datasets, CPU, before=before)
        if found.spec.stages:
            enter(engine, found.spec.stages[index], before)
        before = engine
    assert before is not None
    return before


@frozen
class Wide(Dataset):
    """A data set in float64."""

    name: ClassVar[str] = "wide"
    paper: ClassVar[str] = "none: for tests"

    dataset: Dataset

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.dataset.fields

    def __len__(self) -> int:
        return len(self.dataset)

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        rows = self.dataset.batch(indices)
        return {key: row.double() if row.is_floating_point() else row for key, row in rows.items()}

    @property
    def fingerprint(self) -> str:
        return self.dataset.fingerprint


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
