"""rivalry list [KIND]"""

import argparse
import sys
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("kind", nargs="?", help="a kind of component (objective, norm ...) or 'specs'; everything by default")
    parser.add_argument("--plugins", action="store_true", help="the registered plugins instead")


def run(options: Any) -> int:
    """Print names, one line of what each is, and the plugin it comes from."""
    from rivalry.cli import DONE, WRONG, table
    from rivalry.errors import nearest
    from rivalry.plugins import plugins

    found = plugins()
    if options.plugins:
        print("\n".join(found.names()))
        return DONE
    kinds = [*found.table(), "specs"]
    wanted = options.kind.rstrip("s") + "s" if options.kind == "spec" else options.kind
    if wanted and wanted not in kinds and wanted.removesuffix("s") in kinds:
        wanted = wanted.removesuffix("s")
    if wanted and wanted not in kinds:
        print(f"rivalry: no kind is called '{options.kind}'; {nearest(options.kind, kinds)}", file=sys.stderr)
        return WRONG
    for kind in [wanted] if wanted else kinds:
        if kind == "specs":
            rows = [[name, first_line(path.read_text(encoding="utf-8")), where] for name, (path, where) in sorted(found.specs().items())]
        else:
            rows = [[name, summary(cls), where] for name, (cls, where) in sorted(found.table()[kind].items())]
        if rows:
            print(f"{kind}\n{table(rows, '  ')}\n")
    return DONE


def summary(component: type) -> str:
    """The first sentence of a docstring."""
    text = " ".join((component.__doc__ or "").strip().split("\n\n")[0].split())
    return text if len(text) <= 80 else text[:77] + "..."


def first_line(text: str) -> str:
    """What a spec's leading comment says."""
    line = text.lstrip().splitlines()[0] if text.strip() else ""
    words = line.removeprefix("#").strip() if line.startswith("#") else ""
    return words if len(words) <= 80 else words[:77] + "..."
