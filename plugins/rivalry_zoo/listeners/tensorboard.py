"""Losses, scores and pictures for TensorBoard, in the run folder's `tensorboard/`; registered only when asked for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rivalry.errors import RunError
from rivalry.hooks import hookimpl

OPT_IN = True

_writers: dict[Path, Any] = {}


def _picture(run: Any, step: int) -> None:
    drawn = run.folder / "samples" / f"{step:08}.png"
    if drawn.exists():
        with Image.open(drawn) as picture:
            _writers[run.folder].add_image("samples", np.asarray(picture.convert("RGB")), step, dataformats="HWC")


@hookimpl(trylast=True)
def rivalry_run_started(run: Any) -> None:
    if not run.writes:
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise RunError("logging to TensorBoard needs a package: pip install 'rivalry[tensorboard]'") from error
    # What an earlier attempt logged after the step that this run starts from did not happen.
    purge = run.first_step + 1 if run.first_step else None
    _writers[run.folder] = SummaryWriter(str(run.folder / "tensorboard"), purge_step=purge)
    _writers[run.folder].add_text("spec", "```yaml\n" + run.spec_text + "\n```", run.first_step)
    _picture(run, run.first_step)


@hookimpl(trylast=True)
def rivalry_step_finished(run: Any, step: int, losses: Mapping[str, Any]) -> None:
    if run.folder in _writers:
        for name, value in losses.items():
            _writers[run.folder].add_scalar(f"losses/{name}", value, step)
        if run.train.sample_every and step % run.train.sample_every == 0:
            _picture(run, step)


@hookimpl
def rivalry_evaluated(run: Any, step: int, scores: Mapping[str, Any]) -> None:
    if run.folder in _writers:
        for name, score in scores.items():
            _writers[run.folder].add_scalar(f"scores/{name}", score.value, step)


@hookimpl
def rivalry_run_finished(run: Any) -> None:
    if run.folder in _writers:
        _writers.pop(run.folder).close()
