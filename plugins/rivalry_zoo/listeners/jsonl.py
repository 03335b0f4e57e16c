"""The run's diary: `log.jsonl`, one JSON object a line.

A logged step is {"step", "images", "seconds", "losses": {name: value}}, an evaluation {"step", "scores":
{name: {"value", "error", "better", "title", "protocol"}}}. JSON has no word for numbers that are not finite: they are
written as the strings "nan", "inf" and "-inf", which Python's `float` reads back.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rivalry.files import write_atomically
from rivalry.hooks import hookimpl
from rivalry.readings import writable


def parse(text: str) -> list[dict[str, Any]]:
    """The entries of a log, without what is not whole: a crash may leave half a last line."""
    entries = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("step"), int):
            entries.append(entry)
    return entries


def cut_after(path: Path, step: int, again: bool = False) -> None:
    """Drop the entries of later steps, which a resumed run is about to make again.

    `again`: the losses at the step itself too, which a run that ended between two regular lines had logged as its last.
    """
    if path.exists():
        entries = parse(path.read_text(encoding="utf-8", errors="replace"))
        kept = [e for e in entries if e["step"] <= step and not (again and e["step"] == step and "losses" in e)]
        write_atomically(path, "".join(json.dumps(entry) + "\n" for entry in kept))


def _append(path: Path, entry: dict[str, Any]) -> None:
    # Opened and closed for every line: what is logged is on disk, and the folder may be moved meanwhile.
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, allow_nan=False) + "\n")


@hookimpl
def rivalry_run_started(run: Any) -> None:
    if run.writes:
        cut_after(run.folder / "log.jsonl", run.first_step, again=bool(run.carried))


@hookimpl
def rivalry_step_finished(run: Any, step: int, losses: Mapping[str, Any]) -> None:
    if run.writes and losses:
        values = {name: writable(value) for name, value in losses.items()}
        images, seconds = step * run.train.batch, round(run.seconds, 3)
        _append(run.folder / "log.jsonl", {"step": step, "images": images, "seconds": seconds, "losses": values})


@hookimpl
def rivalry_evaluated(run: Any, step: int, scores: Mapping[str, Any]) -> None:
    if run.writes and scores:
        values = {name: number.plain() for name, number in scores.items()}
        _append(run.folder / "log.jsonl", {"step": step, "scores": values})
