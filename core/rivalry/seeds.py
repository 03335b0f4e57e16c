"""Runs of one game under several seeds as one."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, sqrt
from statistics import fmean, stdev
from typing import Any

from attrs import evolve

from rivalry.errors import RunError
from rivalry.protocol import unlike
from rivalry.readings import Reading, Row


def twins(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows by game, in the order of their first; rows without a spec stay alone."""
    found: list[list[Row]] = []
    for row in rows:
        same = next((rows for rows in found if row.game is not None and rows[0].game == row.game), None)
        found.append([row]) if same is None else same.append(row)
    return found


def together(rows: Sequence[Row]) -> Row:
    """One row of several seeds."""
    rows = sorted(rows, key=lambda row: row.seed or 0)
    for first, second in pairwise(rows):
        if first.seed == second.seed:
            raise RunError(f"{first.name} and {second.name} are one game under one seed, {first.seed}: leave one out")
    numbers = {}
    for name in dict.fromkeys(name for row in rows for name in row.numbers):
        readings = [row.numbers[name] for row in rows if name in row.numbers]
        if len(readings) == len(rows) and not unlike([reading.protocol for reading in readings]):
            numbers[name] = _mean(readings)
    seeds = ", ".join(str(row.seed) for row in rows)
    return Row(f"{rows[0].name} (seeds {seeds})", numbers, rows[0].game, None, tuple(rows))


def _mean(readings: Sequence[Reading]) -> Reading:
    values = [reading.value for reading in readings]
    deviation = stdev(values) if all(map(isfinite, values)) else None
    steps = {reading.step for reading in readings}
    return evolve(
        readings[0],
        value=sum(values) / len(values) if deviation is None else fmean(values),
        error=None if deviation is None else deviation / sqrt(len(values)),
        deviation=deviation,
        seeds=tuple(values),
        step=readings[0].step if len(steps) == 1 else None,
        protocol=_common([reading.protocol for reading in readings]),
    )


def _common(values: Sequence[Any]) -> Any:
    """What all protocols say; "several" in place of what they do not agree in."""
    if all(isinstance(value, Mapping) for value in values):
        return {key: _common([value.get(key) for value in values]) for key in values[0]}
    return values[0] if all(value == values[0] for value in values) else "several"
