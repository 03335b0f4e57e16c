"""Faults in the user's input: all at once, each with its place, what was wanted, what was got and the nearest fix."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from attrs import evolve, field, frozen

Path = tuple[str | int, ...]


@frozen
class Place:
    """Where a value was written: a file (or "<--set>", "<python>"), a line and a column, both counted from 1.

    `lead` is how far its text starts after that (a quote); None where the text does not continue on this line.
    """

    file: str
    line: int | None = None
    column: int | None = None
    lead: int | None = field(default=0, eq=False)

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def shifted(self, columns: int) -> "Place":
        """The place of a character inside the text."""
        if self.column is None or self.lead is None or columns == 0:
            return self
        return evolve(self, column=self.column + self.lead + columns)


@frozen
class Fault:
    """One thing that is wrong. `offset` is the position inside the value, for expressions."""

    path: Path
    message: str
    fix: str = ""
    place: Place | None = None
    offset: int = 0
    at_key: bool = False

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        path = dotted(self.path)
        return f"{where}{path + ': ' if path else ''}{self.message}{'; ' + self.fix if self.fix else ''}"


class RivalryError(Exception):
    """Anything that is the user's to mend; the command line prints it without a traceback."""


class SpecError(RivalryError):
    """A spec that cannot be run, with every fault that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: Sequence[Fault] = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class PluginError(RivalryError):
    """A plugin that cannot be used."""


class RunError(RivalryError):
    """A run folder that cannot be used, or a run that failed for a reason that can be named."""


def dotted(path: Path) -> str:
    """A path as it is written on the command line: losses.game.judge, order[1]."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def nearest(word: object, known: Iterable[str]) -> str:
    """The nearest fix for an unknown word: a suggestion, or the list of what there is."""
    names = sorted(map(str, known))
    close = get_close_matches(str(word), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known: {', '.join(names)}" if names else "none is known here"
