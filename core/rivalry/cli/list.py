"""rivalry list [KIND]"""

import argparse
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "kind", nargs="?", help="a kind of component (objective, norm ...) or 'spec'; everything by default"
    )
    parser.add_argument("--plugins", action="store_true", help="the registered plugins instead")


def run(options: Any) -> int:
    """Print names, one line of what each is, and the plugin it comes from."""
    from rivalry.cli import DONE, kind_called, table
    from rivalry.plugins import plugins

    found = plugins()
    if options.plugins:
        print("\n".join(found.names()))
        return DONE
    kinds = [*found.table(), "spec"]
    for kind in [kind_called(options.kind, kinds)] if options.kind else kinds:
        if kind == "spec":
            rows = [
                [name, first_line(path.read_text(encoding="utf-8")), where]
                for name, (path, where) in sorted(found.specs().items())
            ]
        else:
            rows = [[name, summary(cls), where] for name, (cls, where) in sorted(found.table()[kind].items())]
        if rows:
            print(f"{kind}\n{table(rows, '  ')}\n")
    return DONE


def summary(component: type) -> str:
    """The first sentence of a docstring."""
    text = " ".join((component.__doc__ or "").strip().split("\n\n")[0].split())
    return shortened(text)


def first_line(text: str) -> str:
    """What a spec's leading comment says."""
    line = text.lstrip().splitlines()[0] if text.strip() else ""
    words = line.removeprefix("#").strip() if line.startswith("#") else ""
    return shortened(words)


def shortened(text: str, width: int = 76) -> str:
    """A line that leaves room for names beside it."""
    return text if len(text) <= width else text[: width - 3] + "..."
