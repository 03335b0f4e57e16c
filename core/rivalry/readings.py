"""Numbers that `rivalry evaluate` kept, read again."""

import json
from collections.abc import Mapping
from math import floor, inf, isfinite, isnan, log10, sqrt
from pathlib import Path
from typing import Any

from attrs import field, frozen

from rivalry.errors import RunError, SpecError


@frozen
class Reading:
    """One number of one run; of several seeds, their mean, their standard deviation and their values."""

    value: float
    error: float | None
    better: str
    title: str
    step: int | None = None
    protocol: Mapping[str, Any] = field(factory=dict)
    deviation: float | None = None
    seeds: tuple[float, ...] = ()
    anchors: Mapping[str, float] = field(factory=dict)
    """The same number of other samples: other real data, noise."""

    @property
    def margin(self) -> float | None:
        """What stands behind the +-: the deviation over seeds, else the standard error."""
        return self.error if self.deviation is None else self.deviation

    def __str__(self) -> str:
        return written(self.value, self.margin)

    def worse(self) -> float:
        """A key that sorts the best first and nan last."""
        if isnan(self.value):
            return inf
        return -self.value if self.better == "higher" else self.value

    def ties(self, other: "Reading") -> bool:
        """Whether the two are not two standard errors of their difference apart."""
        if self.value == other.value:
            return True
        return abs(self.value - other.value) < 2 * sqrt((self.error or 0) ** 2 + (other.error or 0) ** 2)


@frozen
class Row:
    """A run, or several of one game under different seeds, with its numbers by name."""

    name: str
    numbers: Mapping[str, Reading]
    game: Any = field(default=None, eq=False, repr=False)
    """What its spec says without the seed; None where there is no spec to be read."""
    seed: int | None = None
    members: tuple["Row", ...] = ()
    history: Mapping[str, Mapping[int, Reading]] = field(factory=dict, repr=False)
    """What was measured during training: name -> step -> number."""


def read_row(path: Path) -> Row:
    """One run, or one file of numbers; RunError in words."""
    if not path.is_dir():
        missing = f"there is no {path}: name a run's folder, or a file that rivalry evaluate --out wrote"
        return Row(str(path), read_numbers(path, missing))
    file, again = path / "evaluation.json", f"rivalry evaluate {path}"
    known = (path / "lock.json").is_file() or (path / "spec.yaml").is_file()
    missing = f"{path} has not been evaluated: {again}" if known else f"{path} is not a run: it has no evaluation.json"
    game, seed = read_game(path)
    return Row(str(path), read_numbers(file, missing, again), game, seed, (), read_history(path))


def read_numbers(file: Path, missing: str, again: str = "rivalry evaluate --out") -> dict[str, Reading]:
    """The numbers of a file that `rivalry evaluate` wrote; RunError in words, `missing` where it is not there."""
    try:
        body = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise RunError(missing) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{file} cannot be read ({type(error).__name__}: {error}); write it again: {again}") from error
    if not isinstance(body, dict) or not body or not all(isinstance(entry, dict) for entry in body.values()):
        raise RunError(f"{file} holds no numbers by name; write it again: {again}")
    found = {}
    for name, entry in body.items():
        if not isinstance(entry.get("protocol"), dict):
            raise RunError(
                f"{file} does not say how '{name}' was measured: an older version wrote it; write it again: {again}"
            )
        reading = reading_of(name, entry)
        if reading is None:
            raise RunError(f"{file}: '{name}' is no number with a direction; write it again: {again}")
        found[name] = reading
    return found


def reading_of(name: str, entry: Mapping[str, Any]) -> Reading | None:
    """A number as it was kept; None if it is none."""
    value, error = _number(entry.get("value")), _number(entry.get("error"))
    better, step = entry.get("better"), entry.get("step")
    if value is None or better not in ("lower", "higher"):
        return None
    known = error is not None and not isnan(error)
    protocol = dict(entry.get("protocol") or {})
    around = entry.get("anchors")
    anchors = around.items() if isinstance(around, dict) else ()
    return Reading(
        value, error if known else None, better, str(entry.get("title") or name), step if type(step) is int else None,
        ({} if entry.get("weights") is None else {"weights": entry["weights"]}) | protocol,
        anchors={name: number for name, value in anchors if (number := _number(value)) is not None},
    )  # fmt: skip


def read_game(folder: Path) -> tuple[Any, int | None]:
    """What a run's spec says without its seed, and the seed; (None, None) where there is none to be read."""
    from rivalry.spec.tree import read

    try:
        said = read(folder / "spec.yaml").value
    except SpecError:
        return None, None
    training = said.get("train") if isinstance(said, dict) else None
    if not isinstance(training, dict) or type(training.get("seed")) is not int:
        return None, None
    return {**said, "train": {key: value for key, value in training.items() if key != "seed"}}, training["seed"]


def read_history(folder: Path) -> dict[str, dict[int, Reading]]:
    """What a run measured during training, by name and step; lines that cannot be read are left out."""
    file = folder / "log.jsonl"
    found: dict[str, dict[int, Reading]] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        scores = entry.get("scores") if isinstance(entry, dict) else None
        for name, score in scores.items() if isinstance(scores, dict) and type(entry.get("step")) is int else ():
            reading = reading_of(name, {"better": "lower", **score}) if isinstance(score, dict) else None
            if reading is not None:
                found.setdefault(name, {})[entry["step"]] = reading
    return {name: dict(sorted(steps.items())) for name, steps in found.items()}


def written(value: float, margin: float | None) -> str:
    """A value with its +-, both to the margin's second digit."""
    if margin is None:
        return f"{value:.5g}"
    if not (isfinite(value) and isfinite(margin) and margin > 0):
        return f"{value:.5g} +- {margin:.2g}"
    digits = 1 - floor(log10(float(f"{margin:.1e}")))
    if digits <= 7:
        return " +- ".join(f"{round(part, digits):.{max(digits, 0)}f}" for part in (value, margin))
    return f"{value:.5g} +- {margin:.2g}"


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def writable(value: float | None) -> float | str | None:
    """A number that JSON can hold, which has no word for what is not finite."""
    return value if value is None or isfinite(value) else str(float(value))


def readable(value: float | str | None) -> float | None:
    """A number as `writable` wrote it."""
    return value if value is None else float(value)
