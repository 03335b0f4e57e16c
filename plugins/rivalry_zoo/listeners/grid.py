"""Pictures of samples over training: `samples/00000123.png` by step, and `samples.png`, the latest."""

import logging
from pathlib import Path
from typing import Any

from rivalry.files import write_atomically
from rivalry.hooks import hookimpl
from rivalry.pictures import picture_of, png, samples_wanted

SEED = 0
"""Every picture of a run is of the same latents, so that they can be compared."""


def _forget_after(folder: Path, step: int) -> None:
    """Remove pictures of later steps, which a resumed run is about to make again."""
    for drawn in folder.glob("[0-9]*.png"):
        if drawn.stem.isdigit() and int(drawn.stem) > step:
            drawn.unlink()


def _reals(run: Any, n: int) -> Any:
    try:
        return run.real(n)
    except LookupError:  # the data are not on this machine
        return None


def write_grid(run: Any, step: int) -> None:
    """Sample and draw; samples of a shape for which no picture is known are left alone."""
    field = run.field
    n = samples_wanted(field)
    if n == 0:
        return
    reals = _reals(run, n) if field.shape == (2,) else None
    content = png(picture_of(run.sample(n, seed=SEED), field, reals))
    (run.folder / "samples").mkdir(parents=True, exist_ok=True)
    write_atomically(run.folder / "samples" / f"{step:08}.png", content)
    write_atomically(run.folder / "samples.png", content)


@hookimpl
def rivalry_run_started(run: Any) -> None:
    if run.writes:
        _forget_after(run.folder / "samples", run.first_step)
        if samples_wanted(run.field) == 0:
            logging.getLogger("rivalry").warning("samples (%s) are not drawn: no picture of such is known", run.field)
        write_grid(run, run.first_step)


@hookimpl
def rivalry_step_finished(run: Any, step: int) -> None:
    if run.writes and run.train.sample_every and step % run.train.sample_every == 0:
        write_grid(run, step)


@hookimpl
def rivalry_run_finished(run: Any) -> None:
    # A failed run's networks may not be able to sample any more, and have nothing to show.
    if run.writes and run.status != "failed" and not (run.folder / "samples" / f"{run.step:08}.png").exists():
        write_grid(run, run.step)
