"""A run: its folder, what it has learnt, and what one can ask of it."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry import checkpoint
from rivalry.checking import open_datasets
from rivalry.engine import Engine, build_networks, load_modules
from rivalry.errors import RivalryError, RunError
from rivalry.fields import Field
from rivalry.graph.nodes import walk
from rivalry.graph.turns import judges
from rivalry.interfaces import Dataset, Score
from rivalry.lock import Lock
from rivalry.sampling import Sampler, sample_node
from rivalry.spec.model import Spec
from rivalry.spec.tree import read

DEFAULT_STEPS = 10_000
"""The length of a run whose spec names none."""


class Run:
    """A training run, live or opened from its folder.

    `sample` draws, `history` reads the log, `show` draws a picture, `evaluate` computes the spec's metrics. Listeners
    see the same object: `folder`, `writes`, `train`, `step`, `first_step`, `status`, `seconds`, `field`, `title`,
    `spec_text`.
    """

    def __init__(self, folder: Path, spec: Spec, lock: Lock, engine: Engine | None = None, writes: bool = True) -> None:
        self.folder, self.spec, self.lock, self.engine, self.writes = folder, spec, lock, engine, writes
        self.train = spec.train
        self.status = "running" if engine else "done"
        self.first_step = 0
        self.seconds = 0.0
        self.problem = ""
        self.notes: list[str] = []
        self.carried: list[dict[str, float]] = []
        self._step = 0

    @classmethod
    def open(cls, folder: str | Path, device: str = "cpu", spec: Spec | None = None) -> "Run":
        """Open a run's folder to sample or evaluate it; neither data nor flags are needed. RunError if it is no run.

        A run with live modules needs its `spec` handed in again.
        """
        folder = Path(folder)
        lock = read_lock(folder)
        run = cls(folder, spec or read_spec(folder, lock), lock)
        run._device = torch.device(device)
        found, complaints = checkpoint.newest(folder)
        if found is None:
            raise RunError(f"{folder} has no checkpoint that can be read" + "".join(f"; {line}" for line in complaints))
        run._tensors, run._step = found.tensors, found.step
        run.seconds, run.status = found.meta.get("seconds", 0.0), found.meta.get("status", "running")
        return run

    _device = torch.device("cpu")
    _tensors: Mapping[str, Tensor] | None = None

    @property
    def step(self) -> int:
        """Finished steps."""
        return self.engine.now.step if self.engine else self._step

    @property
    def total(self) -> int:
        """The run's length in steps; of an opened run that counts epochs, the steps it has made."""
        train = self.train
        if train.epochs is None:
            return int(train.steps or DEFAULT_STEPS)
        if self.engine is None:
            return self._step
        examples = max(len(feeder.dataset) for feeder in self.engine.now.feeders.values())
        return max(1, round(train.epochs * examples / (train.batch * self.engine.now.counts.batches)))

    @property
    def title(self) -> str:
        """The run's name."""
        return self.folder.resolve().name

    @property
    def spec_text(self) -> str:
        """The resolved spec."""
        return self.spec.yaml()

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.engine.device if self.engine else self._device

    @cached_property
    def sampler(self) -> Sampler:
        """Draws from the averaged networks where averages are kept."""
        graph = self.spec.graph
        if self.engine:
            networks = {**self.engine.networks, **self.engine.ema}
            return Sampler(graph, self.lock.fields, networks, self.device)
        assert self._tensors is not None
        networks = build_networks(
            graph.networks, self.lock.facts, self.train.seed, self.device, self.train.channels_last
        )
        averaged = bool(self.train.ema)
        judging = judges(graph)
        names = {
            f"{'ema' if averaged and name not in judging else 'networks'}.{name}": m for name, m in networks.items()
        }
        try:
            load_modules(names, self._tensors)
        except RuntimeError as error:
            raise RunError(
                f"the checkpoint of {self.folder} does not fit its spec: {str(error).splitlines()[0]}"
            ) from error
        return Sampler(graph, self.lock.fields, networks, self.device)

    def sample(self, n: int, seed: int = 0, given: Mapping[str, Tensor] | None = None) -> Tensor:
        """n samples [n, ...] in the data's range, on the host; labels are cycled through unless `given`."""
        if given:
            return self.sampler.draw(n, seed, given)[0].float().cpu()
        return self.sampler.many(n, seed)[0]

    @cached_property
    def field(self) -> Field:
        """What one sample looks like."""
        node = sample_node(self.spec.graph)
        known = self.lock.facts.output.get(node.name) if node.op == "network" else None
        return known or Field(tuple(self.sample(1).shape[1:]))

    def real(self, n: int, seed: int = 0) -> Tensor:
        """n real samples; LookupError when the data is not there."""
        from rivalry.evaluation import real_samples

        try:
            return real_samples(self.dataset, n, seed)[0]
        except (RivalryError, ValueError, OSError) as error:
            raise LookupError(str(error)) from error

    @cached_property
    def dataset(self) -> Any:
        """The data set whose field the first objective calls real."""
        reals = [term.real for term in self.spec.graph.terms if term.real is not None]
        fields = [node.name for real in reals for node in walk(real) if node.op == "data"]
        named = (field.partition(".")[0] for field in fields)
        name = next((name for name in named if name in self.spec.data), next(iter(self.spec.data)))
        if self.engine:
            return self.engine.now.feeders[name].dataset
        return open_datasets(self.spec)[name]

    def evaluate(self, seed: int = 0) -> tuple[dict[str, Score], dict[str, dict[str, Any]]]:
        """The spec's metrics and their protocols; the data must be there."""
        from rivalry.evaluation import evaluate

        return evaluate(self.spec, self.dataset, self.sampler, seed)

    def history(self) -> list[dict[str, Any]]:
        """The lines of the log; a line that was cut off by a crash is left out."""
        file = self.folder / "log.jsonl"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        found = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and "step" in entry:
                found.append(entry)
        return found

    def show(self, n: int = 64, seed: int = 0) -> Any:
        """A picture of n samples (a PIL image, which notebooks display)."""
        from rivalry.pictures import picture_of

        return picture_of(self.sample(n, seed), self.field)

    def __repr__(self) -> str:
        return f"<Run {self.folder} at step {self.step}: {self.status}>"


def read_lock(folder: Path) -> Lock:
    """The lock of a run folder; RunError if it is none."""
    try:
        return Lock.of(json.loads((folder / "lock.json").read_bytes()))
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not a run: it has no lock.json") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RunError(f"{folder / 'lock.json'} cannot be read: {type(error).__name__}: {error}") from error


def read_spec(folder: Path, lock: Lock, settings: list[str] | None = None) -> Spec:
    """The spec of a run folder, without its data."""
    from rivalry.spec.merge import with_settings

    tree = read(folder / "spec.yaml")
    if isinstance(tree.value, dict) and "live" in tree.value.get("data", ()):
        tree.value = {**tree.value, "data": Absent(lock.fields)}
    return Spec.of(with_settings(tree, settings or []), lock.fields)


@frozen
class Absent(Dataset):
    """Data that a run was handed from Python and that is not here: only what it looks like is known."""

    name: ClassVar[str] = "absent"
    paper: ClassVar[str] = "none: a stand-in"

    known: Mapping[str, Field]

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.known

    def __len__(self) -> int:
        raise RunError("this run's data was handed in from Python: hand it in again with data=...")

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        raise RunError(f"there are no {len(self)} rows")

    @property
    def fingerprint(self) -> str:
        return f"of {len(self)} rows"
