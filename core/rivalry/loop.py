"""The one loop that plays every game: steps, and what is due between them."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import torch
from torch import Tensor

from rivalry import checkpoint
from rivalry.engine import Engine
from rivalry.errors import RunError
from rivalry.plugins import plugins
from rivalry.run import Run

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


def fetch(pending: list[dict[str, Tensor]], first: int) -> dict[str, float]:
    """Mean losses of the steps since the last look, in one transfer; RunError at the first loss that is not finite."""
    flat = [(number, label, loss) for number, losses in enumerate(pending, first) for label, loss in losses.items()]
    if not flat:
        return {}
    values = torch.stack([loss.float() for _, _, loss in flat]).tolist()
    sums: dict[str, list[float]] = {}
    for (number, label, _), value in zip(flat, values, strict=True):
        if value != value or abs(value) == float("inf"):
            raise RunError(f"the loss '{label}' became {value} at step {number}; {CAUSES}")
        sums.setdefault(label, []).append(value)
    return {label: sum(row) / len(row) for label, row in sums.items()}


def total_steps(run: Run) -> int:
    """The run's length in steps."""
    train = run.train
    if train.epochs is None:
        return train.steps or DEFAULT_STEPS
    assert run.engine is not None
    now = run.engine.now
    examples = max(len(feeder.dataset) for feeder in now.feeders.values())
    return max(1, round(train.epochs * examples / (train.batch * now.counts.batches)))


DEFAULT_STEPS = 10_000


def play(run: Run, progress: Any) -> None:
    """Play to the end, an interruption or a failure; `run.status` says which, and no state is lost."""
    engine, hook, train = run.engine, plugins().manager.hook, run.train
    assert engine is not None
    total = total_steps(run)
    # losses since the last log line; a resumed run takes up those that its checkpoint had not logged yet
    pending = [{label: torch.tensor(value) for label, value in losses.items()} for losses in run.carried]
    before, started = run.seconds, monotonic()
    saved = run.step if run.first_step else -1
    try:
        with interruptible() as wish, torch.random.fork_rng(devices=[]):
            hook.rivalry_run_started(run=run)
            while run.step < total and not wish.asked:
                pending.append(engine.step())
                step = run.step
                run.seconds = before + monotonic() - started
                last = step == total or wish.asked
                losses: dict[str, float] = {}
                if step % train.log_every == 0 or last or step % train.checkpoint_every == 0:
                    looked = fetch(pending, step - len(pending))
                    if step % train.log_every == 0 or last:
                        losses, pending = looked, []
                        progress(step, losses)
                hook.rivalry_step_finished(run=run, step=step, losses=losses)
                if train.evaluate_every and (step % train.evaluate_every == 0 or step == total) and run.spec.metrics:
                    scores, _ = run.evaluate()
                    hook.rivalry_evaluated(run=run, step=step, scores=scores)
                if step % train.checkpoint_every == 0 and not last:
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


def save(run: Run, engine: Engine, pending: list[dict[str, Tensor]]) -> int:
    """Write a checkpoint of the present step, with the losses that no log line has yet."""
    step = run.step
    if run.writes:
        waiting = [{label: loss.item() for label, loss in losses.items()} for losses in pending]
        meta = {"seconds": run.seconds, "status": run.status, "pending": waiting}
        path = checkpoint.write(run.folder, step, engine.tensors(), meta, run.train.keep)
        plugins().manager.hook.rivalry_checkpoint_saved(run=run, path=path)
    return step
