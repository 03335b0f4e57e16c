"""A run: its folder, what it has learnt, and what one can ask of it."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from rivalry import checkpoint
from rivalry.checking import open_datasets
from rivalry.engine import Engine, averaged_of, build_networks
from rivalry.errors import RivalryError, RunError
from rivalry.extraction import Tick
from rivalry.fields import Field
from rivalry.graph.nodes import called, walk
from rivalry.interfaces import Dataset
from rivalry.lengths import stage_at, steps_of
from rivalry.lock import Lock
from rivalry.opening import read_lock, read_spec
from rivalry.pieces import load_modules
from rivalry.sampling import Sampling, sample_node
from rivalry.spec.model import Spec

if TYPE_CHECKING:
    from rivalry.evaluation import Evaluation
    from rivalry.measured import Number


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
        self.best: float | None = None
        self.raw = False  # whether the weights themselves are asked, not their averages
        self.advance: Callable[[], None] = lambda: None
        """Goes on to the next stage."""
        self.base = 0
        """Steps of the stages before the present one."""
        self._step = 0

    @classmethod
    def open(
        cls, folder: str | Path, device: str = "cpu", spec: Spec | None = None, best: bool = False, raw: bool = False
    ) -> "Run":
        """Open a run's folder to sample or evaluate it; neither data nor flags are needed. RunError if it is no run.

        A run with live modules needs its `spec` handed in again. `best` takes the checkpoint that `train.keep_best`
        kept instead of the newest, `raw` the weights themselves instead of their averages.
        """
        folder = Path(folder)
        lock = read_lock(folder)
        run = cls(folder, spec or read_spec(folder, lock), lock)
        run._device, run.raw = torch.device(device), raw
        if best and not run.train.keep_best:
            raise RunError(f"{folder} keeps no best checkpoint: its spec has no train.keep_best")
        found, complaints = checkpoint.newest(folder / "best" if best else folder)
        if found is None:
            raise RunError(f"{folder} has no checkpoint that can be read" + "".join(f"; {line}" for line in complaints))
        run._tensors, run._step = found.tensors, found.step
        run._numbers = found.meta.get("numbers", {})
        run.seconds, run.status = found.meta.get("seconds", 0.0), found.meta.get("status", "running")
        return run

    _evaluation: "Evaluation | None" = None
    _device = torch.device("cpu")
    _tensors: Mapping[str, Tensor] | None = None
    _numbers: Mapping[str, float] = {}

    @property
    def step(self) -> int:
        """Finished steps, of all stages."""
        return self.base + self.engine.now.step if self.engine else self._step

    @property
    def total(self) -> int:
        """The run's length in steps; of an opened run that counts epochs, the steps it has made."""
        if self.engine is None and any(game.train.epochs is not None for game in self.spec.games()):
            return self._step
        return sum(self.lengths)

    @cached_property
    def lengths(self) -> list[int]:
        """The steps of every stage; one number where there are no stages."""
        return [steps_of(game, self.datasets if game.train.epochs else {}) for game in self.spec.games()]

    @property
    def length(self) -> int:
        """The steps of the present stage."""
        assert self.engine is not None
        return self.total if not self.spec.stages else self.lengths[stage_at(self.lengths, self.base + 1)[0]]

    @property
    def game(self) -> Spec:
        """The game that is being played, or that was played last."""
        return self.engine.spec if self.engine else self.spec.games()[-1]

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

    @property
    def sampling(self) -> Sampling:
        """Draws from the averaged networks where averages are kept."""
        if self.engine:
            now = self.engine.now
            numbers = {name: now.number(name) for name in now.numbers}
            networks = {**self.engine.networks, **self.engine.ema}
            return Sampling(self.game, self.lock.fields, networks, self.device, numbers, self.rows)
        return self._opened

    @cached_property
    def _opened(self) -> Sampling:
        assert self._tensors is not None
        graph = self.spec.graph
        networks = build_networks(
            graph.networks, self.lock.facts, self.train.seed, self.device, self.train.channels_last
        )
        averaged = averaged_of(self.spec) if self.train.ema and not self.raw else set()
        names = {f"{'ema' if name in averaged else 'networks'}.{name}": m for name, m in networks.items()}
        try:
            load_modules(names, self._tensors)
        except RuntimeError as error:
            raise RunError(
                f"the checkpoint of {self.folder} does not fit its spec: {str(error).splitlines()[0]}"
            ) from error
        return Sampling(self.game, self.lock.fields, networks, self.device, self._numbers, self.rows)

    def rows(self, n: int, seed: int) -> dict[str, Tensor]:
        """n rows of the run's data, for samples that are made from them; RunError where the data is not there."""
        from rivalry.evaluation import rows_of

        return rows_of(self.datasets, n, seed)

    @property
    def datasets(self) -> dict[str, Dataset]:
        """The data sets of the game by name."""
        if self.engine:
            return {name: feeder.dataset for name, feeder in self.engine.now.feeders.items()}
        return self._files

    @cached_property
    def _files(self) -> dict[str, Dataset]:
        return open_datasets(self.game)

    def sample(self, n: int, seed: int = 0, given: Mapping[str, Tensor] | None = None) -> Tensor:
        """n samples [n, ...] in the data's range, on the host; labels are cycled through unless `given`."""
        if given:
            return self.sampling.draw(n, seed, given)[0].float().cpu()
        return self.sampling.many(n, seed)[0]

    @cached_property
    def field(self) -> Field:
        """What one sample looks like."""
        if self.spec.sampler is not None:
            return next(iter(self.lock.fields.values()))
        node = called(sample_node(self.game.graph))
        known = self.lock.facts.output.get(node.name) if node.op == "network" else None
        if known is not None:
            return known
        drawn = Field(tuple(self.sample(1).shape[1:]))
        return next((field for field in self.lock.fields.values() if field.shape == drawn.shape), drawn)

    def real(self, n: int, seed: int = 0) -> Tensor:
        """n real samples; LookupError when the data is not there."""
        from rivalry.extraction import order_of

        try:
            return self.dataset.batch(order_of(self.dataset, n, seed))[next(iter(self.dataset.fields))]
        except (RivalryError, ValueError, OSError) as error:
            raise LookupError(str(error)) from error

    @property
    def main(self) -> str:
        """The name of the data set whose field the first objective calls real."""
        reals = [term.real for term in self.game.graph.terms if term.real is not None]
        fields = [node.name for real in reals for node in walk(real) if node.op == "data"]
        named = (field.partition(".")[0] for field in fields)
        return next((name for name in named if name in self.game.data), next(iter(self.game.data)))

    @property
    def dataset(self) -> Dataset:
        """The data set that samples are compared with."""
        return self.datasets[self.main]

    def evaluation(self, seed: int = 0) -> "Evaluation":
        """The spec's metrics, ready to be computed; what they see of the data is kept while the game stays the same."""
        from rivalry.evaluation import Evaluation

        game, known = self.game, self._evaluation
        if known is None or known.game is not game or known.seed != seed:
            self._evaluation = Evaluation(game, self.datasets, self.main, seed)
        return self._evaluation  # type: ignore[return-value]

    def evaluate(self, seed: int = 0, tick: Tick = lambda n: None, anchors: bool = False) -> "dict[str, Number]":
        """The spec's metrics, each number with its protocol and, if asked for, `anchors`. RunError in words."""
        weights = "averaged" if self.train.ema and not self.raw else "raw"
        try:
            return self.evaluation(seed)(self.sampling, weights, tick, anchors)
        except ValueError as error:
            raise RunError(str(error)) from error

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
