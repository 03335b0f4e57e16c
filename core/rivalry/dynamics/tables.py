"""The table of every installed objective and penalty on the Dirac game, as Markdown and CSV."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from attrs import frozen

from rivalry.dynamics.bias import STILL, pull
from rivalry.dynamics.field import BROKEN
from rivalry.dynamics.game import Setting
from rivalry.dynamics.report import dirac
from rivalry.dynamics.text import eigenvalues
from rivalry.errors import RivalryError, RunError, nearest
from rivalry.files import write_atomically
from rivalry.making import make
from rivalry.plugins import plugins
from rivalry.signature import parameters

HEAD = ("objective", "penalty", "critic", "eigenvalues", "verdict")
ABOUT = """# The Dirac game of every objective and penalty

Written by `rivalry dynamics --all`: the real law is a point at 0, the fake law one at theta, the critic is linear, and
both players descend their own losses. Weights are 1 and parameters their defaults where nothing else is said. The
critic has a learned bias where the discriminator would move one.

"""


@frozen
class Row:
    """One game, or why it cannot be spoken about."""

    objective: str
    penalty: str
    critic: str
    eigenvalues: str
    verdict: str
    kind: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return self.objective, self.penalty, self.critic, self.eigenvalues, self.verdict


def everything(only: str | None = None) -> list[Row]:
    """Every form of every objective alone, then every objective with every form of every penalty; `only` one."""
    known = plugins().table()
    if only is not None and only not in known["objective"]:
        raise RunError(f"no objective is called '{only}'; {nearest(only, known['objective'])}")
    names = sorted(known["objective"]) if only is None else [only]
    rows = [row(name, arguments) for name in names for arguments in forms("objective", name)]
    pairs = [(penalty, said) for penalty in sorted(known["penalty"]) for said in forms("penalty", penalty)]
    return rows + [row(name, {}, penalty, said) for name in names for penalty, said in pairs]


def forms(kind: str, name: str) -> Iterator[dict[str, Any]]:
    """A component as it is, and with each of its choices in turn: words to choose from, and parts of another kind."""
    yield {}
    for key, parameter in parameters(plugins().find(kind, name)).items():
        choices: Sequence[Any] = ()
        if get_origin(parameter.annotation) is Literal:
            choices = [word for word in get_args(parameter.annotation) if isinstance(word, str)]
        elif parameter.part is not None and not parameter.part.curried and parameter.part.kind != kind:
            choices = sorted(plugins().table()[parameter.part.kind])
        default = getattr(parameter.default, "name", parameter.default)
        yield from ({key: choice} for choice in choices if choice != default)


def row(objective: str, arguments: dict[str, Any], penalty: str = "", said: dict[str, Any] | None = None) -> Row:
    """Analyse one game; the critic has a learned bias where the discriminator would move one."""
    titles = titled(objective, arguments), titled(penalty, said or {}) if penalty else "none"
    try:
        judge = make("objective", objective, **arguments)
        penalties = [make("penalty", penalty, **(said or {}))] if penalty else []
        learned = _moves(judge)
        found = dirac(judge, penalties, bias="learned" if learned else None)
    except RivalryError as error:
        return Row(*titles, "", "", f"refused: {error}", "refused")
    critic = f"psi x + bias, from {found.setting.bias:.4g}" if learned else "psi x"
    words = found.verdict.words
    return Row(*titles, critic, eigenvalues(found.eigenvalues), words, found.verdict.kind)


def titled(name: str, arguments: dict[str, Any]) -> str:
    """A component with what is not its default."""
    said = ", ".join(f"{key} {value}" for key, value in arguments.items())
    return f"{name} ({said})" if said else name


def _moves(objective: Any) -> bool:
    try:
        return objective.scores == 1 and abs(pull(Setting(objective), 0.0)) > STILL
    except BROKEN:
        return False


def written(rows: Sequence[Row], folder: Path) -> list[Path]:
    """Write `dynamics.md` and `dynamics.csv`."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells for row in rows)]
    page = "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
    sheet = StringIO()
    csv.writer(sheet, lineterminator="\n").writerows([(*HEAD, "kind"), *((*row.cells, row.kind) for row in rows)])
    paths = [folder / "dynamics.md", folder / "dynamics.csv"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip(paths, (ABOUT + page + "\n", sheet.getvalue()), strict=True):
            write_atomically(path, content)
    except OSError as error:
        raise RunError(f"cannot write to {folder}: {error.strerror}") from error
    return paths
