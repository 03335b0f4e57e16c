"""The one loop that plays every game: steps, and what is due between them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from time import monotonic
from typing import Any

import torch
from torch import Tensor

from rivalry import checkpoint
from rivalry.distributed import agree, reduce_gradients
from rivalry.engine import Engine
from rivalry.errors import RunError
from rivalry.plugins import plugins
from rivalry.readings import writable
from rivalry.run import Run
from rivalry.streams import own_randomness

CAUSES = "usual causes: a learning rate too high, a critic without its penalty, a precision too low"


class Interruption:
    """A request to stop after the present step; a second Ctrl-C stops at once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: Any) -> None:
        if self.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Catch SIGINT and SIGTERM for a while; off the main thread nothing is touched."""
    wish = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return
    before = {number: signal.signal(number, wish) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def fetch(pending: list[dict[str, Tensor]], first: int, size: int = 1) -> list[dict[str, float]]:
    """The losses of several steps, means over all processes, in one transfer; RunError at the first that is not
    finite.
    """
    flat = [loss.float() for losses in pending for loss in losses.values()]
    values = iter(reduce_gradients([torch.stack(flat)], size)[0].tolist() if flat else [])
    rows = [{label: next(values) for label in losses} for losses in pending]
    for number, losses in enumerate(rows, first + 1):
        for label, value in losses.items():
            if not isfinite(value):
                raise RunError(f"the loss '{label}' became {value} at step {number}; {CAUSES}")
    return rows


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Each loss's mean over the steps in which it was computed."""
    columns: dict[str, list[float]] = {}
    for losses in rows:
        for label, value in losses.items():
            columns.setdefault(label, []).append(value)
    return {label: sum(column) / len(column) for label, column in columns.items()}


def play(run: Run, progress: Any) -> None:
    """Play to the end, an interruption or a failure; `run.status` says which, and no state is lost."""
    engine, hook, train = run.engine, plugins().manager.hook, run.train
    assert engine is not None
    total = run.total
    # losses since the last regular log line; a resumed run takes up those that its checkpoint carries
    pending = [
        {label: torch.tensor(value, device=engine.device) for label, value in losses.items()} for losses in run.carried
    ]
    before, started = run.seconds, monotonic()
    saved = run.step if run.first_step else -1
    try:
        with interruptible() as wish, own_randomness(engine.device):
            if train.evaluate_every and run.spec.metrics:
                prepare(run)
            hook.rivalry_run_started(run=run)
            while run.step < total and not agree(wish.asked, engine.world.size):
                if engine.now.step >= run.length:
                    run.advance()
                    engine = run.engine
                    assert engine is not None
                pending.append(engine.step())
                step = run.step
                run.seconds = before + monotonic() - started
                losses: dict[str, float] = {}
                if step % train.log_every == 0 or step == total:
                    losses = mean(fetch(pending, step - len(pending), engine.world.size))
                    progress(step, losses)
                if step % train.log_every == 0:
                    pending = []
                hook.rivalry_step_finished(run=run, step=step, losses=losses)
                if train.evaluate_every and (step % train.evaluate_every == 0 or step == total) and run.spec.metrics:
                    scores = run.evaluate()
                    hook.rivalry_evaluated(run=run, step=step, scores=scores)
                    if train.keep_best and scores[train.keep_best].beats(run.best):
                        run.best = scores[train.keep_best].value
                        save(run, engine, pending, best=True)
                if step % train.checkpoint_every == 0 and step < total:
                    saved = save(run, engine, pending)
            run.status = "interrupted" if run.step < total else "done"
            if run.step != saved:
                save(run, engine, pending)
    except KeyboardInterrupt:
        run.status = "interrupted"
    except RunError as error:
        run.status, run.problem = "failed", str(error)
    except OSError as error:
        run.status, run.problem = "failed", f"the disk refused: {error}; the checkpoints written before are whole"
    finally:
        if run.status == "running":
            run.status = "failed"
        finish(run, hook)


def finish(run: Run, hook: Any) -> None:
    """Tell the listeners; a disk that is full must not hide what happened before."""
    try:
        hook.rivalry_run_finished(run=run)
    except OSError as error:
        run.problem = run.problem or f"the disk refused: {error}; the checkpoints written before are whole"
        run.status = "failed"


def prepare(run: Run) -> None:
    """What metrics need that is missing stops a run before its first step, not hours later; RunError in words."""
    try:
        run.evaluation().prepare(run.device)
    except ValueError as error:
        raise RunError(str(error)) from error


def save(run: Run, engine: Engine, pending: list[dict[str, Tensor]], best: bool = False) -> int:
    """Write a checkpoint of the present step, with the losses since the last regular log line; RunError if all is
    not finite. The `best` one lies apart, and only the last such is kept.
    """
    step = run.step
    meta = {
        "seconds": run.seconds,
        "status": run.status,
        "pending": fetch(pending, step - len(pending), engine.world.size),
        "numbers": {name: float(engine.now.number(name)) for name in engine.now.numbers},
        "best": writable(run.best),
    }
    tensors = engine.tensors()
    if broken := next((name for name, tensor in tensors.items() if not tensor.isfinite().all()), None):
        raise RunError(f"'{broken}' is not finite any more after step {step - 1}; {CAUSES}")
    if run.writes and best:
        checkpoint.write(run.folder / "best", step, tensors, meta, keep=1)
    elif run.writes:
        path = checkpoint.write(run.folder, step, tensors, meta, run.train.keep)
        plugins().manager.hook.rivalry_checkpoint_saved(run=run, path=path)
    return step
