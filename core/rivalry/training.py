"""Starting, resuming and forking runs: the function behind `rivalry train`."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from rivalry import checkpoint
from rivalry.checking import Checked, check, open_datasets, substance
from rivalry.distributed import agree, world
from rivalry.engine import Engine
from rivalry.errors import Fault, RunError, SpecError
from rivalry.files import write_atomically
from rivalry.initial import initialise
from rivalry.interfaces import Dataset
from rivalry.lengths import stage_at, steps_of
from rivalry.lock import Lock, versions
from rivalry.loop import play
from rivalry.opening import read_lock, read_spec
from rivalry.progress import Progress
from rivalry.readings import readable
from rivalry.run import Run
from rivalry.spec.load import tree_of
from rivalry.spec.model import Spec
from rivalry.spec.uses import Live
from rivalry.stages import enter

FREE = {
    "steps",
    "epochs",
    "log_every",
    "sample_every",
    "evaluate_every",
    "checkpoint_every",
    "keep",
    "keep_best",
    "device",
    "threads",
}
"""What may change when a run is resumed; all else needs a fork."""


def train(
    source: Any = None, *, steps: int | None = None, out: str | Path | None = None, data: Any = None,
    settings: list[str] | None = None, resume: bool = False, fork: str | Path | None = None, device: str | None = None,
    quiet: bool = False,
) -> Run:  # fmt: skip
    """Train a spec (path, shipped name, mapping or Spec) and return its run.

    `data` stands in for the spec's data: a tensor, an array, a mapping of them or a torch Dataset. `resume` goes on
    with the run in `out`; `fork` starts a new folder from the run in `out`, with other settings. Raises SpecError for
    a faulty spec and RunError for a folder that cannot be used; a run that fails on the way is returned with status
    "failed" and its problem.
    """
    wishes = [
        *(settings or []),
        *([f"train.steps={steps}"] if steps else []),
        *([f"train.device={device}"] if device else []),
    ]
    if resume or fork:
        if out is None:
            raise RunError("say which run: out=...")
        run = _continued(Path(out), wishes, Path(fork) if fork else None, data)
    else:
        run = _started(source, wishes, Path(out) if out else None, data)
    for message in run.notes:
        if run.writes and not quiet:
            print(message, file=sys.stderr)
    with Progress(run, quiet) as progress:
        play(run, progress)
    return run


def pick_device(wanted: str) -> torch.device:
    """The device of a name; "auto" is the best there is. RunError for one that is not there."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        if device.type == "meta":
            raise RuntimeError("on the meta device there are shapes but no numbers")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise RunError(f"there is no device '{wanted}' here: {str(error).splitlines()[0]}") from error
    return device


def wrapped(data: Any) -> Live:
    """Live data as an entry of a spec; SpecError in words for data that cannot be used."""
    from rivalry.plugins import plugins

    if isinstance(data, Dataset):
        return Live("dataset", data)
    wrap = next((c for c, _ in plugins().table()["dataset"].values() if hasattr(c, "of")), None)
    if wrap is None:
        raise RunError("no installed data set can wrap live data")
    try:
        return Live("dataset", wrap.of(data))
    except (ValueError, TypeError) as error:
        raise SpecError([Fault(("data",), str(error))]) from error


def with_data(spec: Spec, data: Any) -> Spec:
    """The spec with live data in place of its own."""
    values = {name: value for name in type(spec).model_fields if (value := getattr(spec, name)) is not None}
    fresh = Spec.model_validate({**values, "data": {"": wrapped(data)}})
    fresh._tree = spec._tree
    return fresh


def _engine(checked: Checked, datasets: Mapping[str, Dataset], stage: int = 0, before: Engine | None = None) -> Engine:
    train, game = checked.spec.train, checked.spec.games()[stage]
    if train.threads:
        torch.set_num_threads(train.threads)
    here = world()
    agree(False, here.size)  # nobody writes into a folder that another still looks at
    device = pick_device(train.device)
    if device.type == "cuda" and here.size > 1:
        device = torch.device("cuda", here.rank % torch.cuda.device_count())
    try:
        return Engine(game, checked.facts, checked.stages[stage], datasets, device, here, before)
    except ValueError as error:
        raise RunError(str(error)) from error


def _unfold(run: Run, checked: Checked) -> Callable[[], None]:
    """What takes a run into its next stage."""

    def advance() -> None:
        before = run.engine
        assert before is not None
        stage, run.base = stage_at(run.lengths, run.step + 1)
        game = checked.spec.games()[stage]
        datasets = run.datasets if game.data == before.spec.data else open_datasets(game)
        run.engine = _engine(checked, datasets, stage, before)
        enter(run.engine, checked.spec.stages[stage], before)

    return advance


def _started(source: Any, wishes: list[str], out: Path | None, data: Any) -> Run:
    spec = _load(source, wishes, data)
    checked = check(spec)
    folder = out or _free_folder(Path("runs"), Path(str(source)).stem if isinstance(source, str | Path) else "run")
    if checkpoint.folders(folder) or (folder / "lock.json").exists():
        raise RunError(f"{folder} already holds a run; go on with it by --resume, or choose another --out")
    first = spec.games()[0]
    datasets = open_datasets(first)
    engine = _engine(checked, datasets)
    initialise(engine, spec)
    if spec.stages:
        enter(engine, spec.stages[0], None)
    lock = Lock(
        checked.fields,
        checked.facts,
        checked.confirmed,
        versions(spec),
        {n: d.fingerprint for n, d in datasets.items()},
    )
    run = Run(folder, spec, lock, engine, engine.world.writes)
    run.advance = _unfold(run, checked)
    _write_head(run)
    return run


def _load(source: Any, wishes: list[str], data: Any) -> Spec:
    if isinstance(source, Spec) and not wishes:
        return source if data is None else with_data(source, data)
    tree = tree_of(source.plain(live=True) if isinstance(source, Spec) else source, wishes)
    if data is not None:  # before anything is checked: the spec's own data need not be there
        tree.value = {**tree.value, "data": wrapped(data)}
    return Spec.of(tree)


def _free_folder(parent: Path, stem: str) -> Path:
    candidate, count = parent / stem, 1
    while candidate.exists():
        count += 1
        candidate = parent / f"{stem}-{count}"
    return candidate


def _write_head(run: Run) -> None:
    if not run.writes:
        return
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(run.folder / "spec.yaml", run.spec.yaml())
        write_atomically(run.folder / "lock.json", json.dumps(run.lock.plain(), indent=1))
    except OSError as error:
        raise RunError(f"cannot write the run to {run.folder}: {error}") from error


def _continued(folder: Path, wishes: list[str], fork: Path | None, data: Any) -> Run:
    lock = read_lock(folder)
    old = read_spec(folder, lock)
    spec = read_spec(folder, lock, wishes)
    if data is not None:
        old, spec = with_data(old, data), with_data(spec, data)
    changed = sorted(_changes(old.plain(), spec.plain()))
    bound = [path for path in changed if not (path.startswith("train.") and path.removeprefix("train.") in FREE)]
    if bound and fork is None:
        raise RunError(
            f"resuming keeps the game as it was, but {', '.join(bound)} would change; use --fork DIR to branch off"
        )
    if fork is not None and (fork / "lock.json").exists():
        raise RunError(f"{fork} already holds a run; choose another folder for --fork")
    found, notes = checkpoint.newest(folder)
    if found is None and notes:  # with none at all, the run was stopped before its first: it starts again
        raise RunError(f"{folder} has no checkpoint that can be read; {'; '.join(notes)}")
    checked = substance(spec, lock.fields)
    games = spec.games()
    datasets = open_datasets(games[0])
    lengths = [steps_of(game, open_datasets(game) if game.train.epochs else {}) for game in games]
    stage, base = stage_at(lengths, found.step if found else 0)
    if games[stage].data != games[0].data:
        datasets = open_datasets(games[stage])
    engine = _engine(checked, datasets, stage)
    if found is not None:
        try:
            engine.restore(found.tensors, found.step - base)
        except (KeyError, RuntimeError) as error:
            raise RunError(f"the checkpoint of {folder} does not fit: {str(error).splitlines()[0]}") from error
    origin = (str(folder), tuple(changed)) if fork else (lock.forked_from, lock.changed)
    prints = {name: dataset.fingerprint for name, dataset in datasets.items()}
    fresh = Lock(lock.fields, checked.facts, checked.confirmed, versions(spec), prints, *origin)
    notes += [f"{key} was {lock.versions[key]} and is now {value}: numbers may differ in their last digits"
              for key, value in fresh.versions.items() if lock.versions.get(key, value) != value]  # fmt: skip
    notes += [f"the data '{name or 'data'}' is not what the run began with" for name, print_ in fresh.data.items()
              if lock.data.get(name, print_) != print_]  # fmt: skip
    run = Run(fork or folder, spec, fresh, engine, engine.world.writes)
    run.base, run.advance, run.notes = base, _unfold(run, checked), notes
    if found is not None:
        run.first_step, run.seconds = found.step, found.meta.get("seconds", 0.0)
        run.best = None if fork else readable(found.meta.get("best"))
        run.carried = [dict(losses) for losses in found.meta.get("pending", ())]
    _write_head(run)
    return run


def _changes(old: Any, new: Any, path: str = "") -> set[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        found = set()
        for key in {*old, *new}:
            found |= _changes(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
        return found
    return set() if old == new else {path}
