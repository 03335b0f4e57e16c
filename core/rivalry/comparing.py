"""Numbers of several runs side by side, ranked only where they were measured in one way."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import isnan
from pathlib import Path
from typing import Any

from attrs import frozen

from rivalry.errors import RunError
from rivalry.protocol import DECISIVE, REMARKABLE, apart, flat, told, unlike
from rivalry.readings import Reading, Row, read_row, writable
from rivalry.seeds import together, twins

FEWEST_SEEDS = 3
"""Below, a mean over seeds is shown but not ranked."""


@frozen
class Verdict:
    """What may be said of a column: who is best, who ties with the best, or why nobody is."""

    best: tuple[str, ...] = ()
    """The row that is best, or those that tie for it."""
    refusals: tuple[str, ...] = ()
    """Why the column is not ranked, one phrase a reason."""
    notes: tuple[str, ...] = ()

    def mark(self, row: str) -> str:
        """The word that stands behind a row's number."""
        if row not in self.best:
            return ""
        return "best" if len(self.best) == 1 else "tie"


@frozen(repr=False)
class Comparison:
    """Runs side by side. It prints as a table."""

    rows: tuple[Row, ...]

    @cached_property
    def columns(self) -> list[str]:
        """The names of all numbers, in the order of their first appearance."""
        return list(dict.fromkeys(name for row in self.rows for name in row.numbers))

    def column(self, name: str) -> dict[str, Reading]:
        """One number by row, where it is there."""
        return {row.name: row.numbers[name] for row in self.rows if name in row.numbers}

    def verdict(self, name: str) -> Verdict:
        """Who is best in a column, if anybody may be called so."""
        readings = self.column(name)
        protocols = {row: reading.protocol for row, reading in readings.items()}
        notes = apart(protocols, REMARKABLE)
        notes += told("step", {row: reading.step for row, reading in readings.items()})
        refusals = apart(protocols, DECISIVE) if unlike([*protocols.values()]) else []
        members = {row.name: len(row.members) for row in self.rows if row.name in readings}
        if any(members.values()):
            refusals += [
                f"{row} has {max(1, n)} seed{'s' * (n > 1)}, and a claim needs {FEWEST_SEEDS}"
                for row, n in members.items()
                if n < FEWEST_SEEDS
            ]
        if refusals or len(readings) < 2:
            return Verdict((), tuple(refusals), tuple(notes))
        if any(reading.error is None for reading in readings.values()):
            notes.append("ranked without standard errors: a small difference may be chance")
        order = sorted(readings, key=lambda row: readings[row].worse())
        top = readings[order[0]]
        if isnan(top.value):
            return Verdict((), (), tuple(notes))
        best = [row for row in readings if row == order[0] or top.ties(readings[row])]
        return Verdict(tuple(best), (), tuple(notes))

    def anchors(self, name: str) -> Mapping[str, float]:
        """What the first row that knows them has of other samples, where the column may be ranked."""
        if self.verdicts[name].refusals:
            return {}
        return next((reading.anchors for reading in self.column(name).values() if reading.anchors), {})

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """Of every column."""
        return {name: self.verdict(name) for name in self.columns}

    def heading(self, name: str) -> tuple[str, str, str]:
        """What stands above a column: its name, its title where that is another, and which way is better."""
        readings = self.column(name).values()
        titles = dict.fromkeys(reading.title for reading in readings)
        ways = dict.fromkeys(f"{reading.better} is better" for reading in readings)
        return name, ", ".join(title for title in titles if title != name), ", ".join(ways)

    def table(self) -> list[list[str]]:
        """Cells as text: the lines of the headings, then a line a row."""
        heads = [*map(self.heading, self.columns)]
        lines = [["run" * (part == 0), *(head[part] for head in heads)] for part in range(3)]
        for row in self.rows:
            cells = [
                f"{row.numbers[name]} {self.verdicts[name].mark(row.name)}".rstrip() if name in row.numbers else "-"
                for name in self.columns
            ]
            lines.append([row.name, *cells])
        around = {name: self.anchors(name) for name in self.columns}
        for anchor in dict.fromkeys(anchor for known in around.values() for anchor in known):
            cells = [f"{known[anchor]:.5g}" if anchor in known else "-" for known in around.values()]
            lines.append([f"({anchor})", *cells])
        return [line for line in lines if any(line)]

    def remarks(self) -> list[str]:
        """What the table cannot say: what is not ranked and why, what ties, what else differs."""
        said = []
        for name, verdict in self.verdicts.items():
            if verdict.refusals:
                said.append(f"{name} is not ranked. {sentence(verdict.refusals)}")
            elif len(verdict.best) > 1:
                values = {self.column(name)[row].value for row in verdict.best}
                how = "they are equal" if len(values) == 1 else "less than two standard errors from the best"
                said.append(f"{name}: {listed(verdict.best)} tie: {how}.")
        notes = [(note, name) for name, verdict in self.verdicts.items() for note in verdict.notes]
        for note in dict.fromkeys(note for note, _ in notes):
            said.append(f"{', '.join(name for other, name in notes if other == note)}: {note}.")
        said += [line for row in self.rows for line in _lost(row)]
        if any(row.members for row in self.rows):
            said.append("+- is the standard deviation over seeds; elsewhere, the metric's own standard error.")
        elif alike := next((found for found in twins(self.rows) if len(found) > 1), None):
            said.append(
                f"{listed([row.name for row in alike])} are one game under several seeds: --group shows their mean."
            )
        return said

    def __repr__(self) -> str:
        from rivalry.cli import table

        return "\n\n".join(filter(None, [table(self.table()), "\n".join(self.remarks())]))

    def records(self) -> list[dict[str, Any]]:
        """One flat mapping a run and number, with the fields of the protocol; seeds stay apart."""
        found = []
        for one in (member for row in self.rows for member in row.members or (row,)):
            for name, reading in one.numbers.items():
                known = {"run": one.name, "number": name, "title": reading.title, "value": reading.value}
                known |= {"error": reading.error, "better": reading.better, "step": reading.step}
                known |= {} if one.seed is None else {"train.seed": one.seed}
                known |= {f"anchor.{name}": value for name, value in reading.anchors.items()}
                found.append(known | {f"protocol.{key}": value for key, value in flat(reading.protocol).items()})
        return found

    def csv(self) -> str:
        """The records as comma-separated values."""
        records = self.records()
        text = io.StringIO()
        names = list(dict.fromkeys(key for record in records for key in record))
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return text.getvalue()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "runs": {
                row.name: {
                    **({"runs": {one.name: one.seed for one in row.members}} if row.members else {}),
                    "numbers": {name: _plain(reading) for name, reading in row.numbers.items()},
                }
                for row in self.rows
            },
            "ranking": {
                name: {
                    "best": list(verdict.best),
                    "tie": len(verdict.best) > 1,
                    "refused": list(verdict.refusals),
                    "notes": list(verdict.notes),
                }
                for name, verdict in self.verdicts.items()
            },
        }

    def grouped(self) -> "Comparison":
        """Runs of one game that differ in nothing but train.seed become one row: mean and deviation over the seeds.

        RunError where a game was given twice under one seed, which would count it twice.
        """
        return Comparison(tuple(together(rows) if len(rows) > 1 else rows[0] for rows in twins(self.rows)))


def compare(paths: Sequence[str | Path], group: bool = False) -> Comparison:
    """The evaluations of runs, or of JSON files that `rivalry evaluate --out` wrote, side by side.

    `group` joins the seeds of one game. RunError in words, of all that cannot be read.
    """
    names = [str(Path(path)) for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise RunError(f"{name} is named {names.count(name)} times")
    rows, faults = [], []
    for name in names:
        try:
            rows.append(read_row(Path(name)))
        except RunError as error:
            faults.append(str(error))
    if faults:
        raise RunError("\n".join(faults))
    found = Comparison(tuple(rows))
    return found.grouped() if group else found


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def sentence(phrases: Sequence[str]) -> str:
    """Phrases as one sentence."""
    text = "; ".join(phrases)
    return text[:1].upper() + text[1:] + "."


def _plain(reading: Reading) -> dict[str, Any]:
    body: dict[str, Any] = {"value": writable(reading.value), "error": writable(reading.error)}
    if reading.seeds:
        body |= {"deviation": writable(reading.deviation), "seeds": len(reading.seeds)}
    body |= {"better": reading.better, "title": reading.title, "step": reading.step}
    body |= {"anchors": dict(reading.anchors)} if reading.anchors else {}
    return body | {"protocol": dict(reading.protocol)}


def _lost(row: Row) -> list[str]:
    """Numbers of a row's seeds that have no mean."""
    said = []
    for name in dict.fromkeys(name for one in row.members for name in one.numbers if name not in row.numbers):
        without = [one.name for one in row.members if name not in one.numbers]
        if without:
            said.append(f"{name} has no mean over the seeds of {row.name}: {listed(without)} lacks it.")
            continue
        reasons = apart({one.name: one.numbers[name].protocol for one in row.members}, DECISIVE)
        said.append(f"{name} has no mean over the seeds of {row.name}. {sentence(reasons)}")
    return said
