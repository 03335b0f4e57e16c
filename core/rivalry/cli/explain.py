"""rivalry explain SPEC"""

import argparse
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("spec", help="a spec file or a shipped name")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="override a value first")
    only = parser.add_mutually_exclusive_group()
    only.add_argument(
        "--code",
        action="store_true",
        help="the game as a Python file of its own: components made by their classes, the step as it runs, a loop",
    )
    only.add_argument("--graph", action="store_true", help="only the graph, as a Mermaid diagram")


def run(options: Any) -> int:
    """Print the explanation."""
    from rivalry.checking import check
    from rivalry.explain import code, form, mermaid, routing, values
    from rivalry.script import script

    checked = check(options.spec, options.set)
    if options.code:
        print(script(checked), end="")
    elif options.graph:
        print(mermaid(checked.spec.graph))
    else:
        for title, text in (
            ("Values, and where each was written", values(checked.spec)),
            ("Who is trained by what", routing(checked)),
            ("One step", "\n\n".join(filter(None, (form(checked), code(checked))))),
        ):
            print(f"{title}\n{'-' * len(title)}\n{text}\n")
    return 0
