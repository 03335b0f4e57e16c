"""rivalry describe KIND NAME"""

import argparse
import inspect
import re
from typing import Any


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("kind", help="a kind of component, or 'spec'")
    parser.add_argument("name", help="the component's or spec's name")
    parser.add_argument("--bibtex", action="store_true", help="only a BibTeX entry for its paper")


def run(options: Any) -> int:
    """Print the docstring, the parameters and the paper."""
    from rivalry.cli import DONE, kind_called, table
    from rivalry.errors import RunError, nearest
    from rivalry.plugins import plugins
    from rivalry.spec.load import tree_of

    found = plugins()
    kind = kind_called(options.kind, [*found.table(), "spec"])
    names = found.specs() if kind == "spec" else found.table()[kind]
    if options.name not in names:
        raise RunError(f"no {kind} is called '{options.name}'; {nearest(options.name, names)}")
    entry: Any
    entry, provider = names[options.name]
    if kind == "spec" and options.bibtex:
        print(bibtex(options.name, tree_of(options.name, []).value.get("paper", "states no paper")))
        return DONE
    if kind == "spec":
        print(entry.read_text(encoding="utf-8").rstrip(), f"\n\nfrom {provider}: {entry}")
        return DONE
    if options.bibtex:
        print(bibtex(entry.name, entry.paper))
        return DONE
    print(f"{kind} {entry.name}  ({entry.__module__}.{entry.__qualname__}, from {provider})\n")
    print(inspect.getdoc(entry))
    if traits := entry.traits():
        print("\n" + table([[name, words] for name, words in traits.items()]))
    if rows := parameter_rows(entry):
        print("\nparameters\n" + table(rows, "  "))
    print(f"\npaper: {entry.paper}")
    return DONE


def parameter_rows(component: Any) -> list[list[str]]:
    """Name, type and default of every parameter; given facts say so."""
    from rivalry.signature import parameters, spell
    from rivalry.spec.schema import plain

    rows = []
    for name, parameter in parameters(component).items():
        default = (
            "given by the data and the flow"
            if parameter.given
            else "required"
            if parameter.required
            else f"default {plain(parameter.default)}"
        )
        kind = spell(parameter.annotation) + (" or schedule" if parameter.moves else "")
        rows.append([name, kind, default])
    return rows


def bibtex(name: str, paper: str) -> str:
    """A BibTeX entry made from a citation with an arXiv id."""
    number = re.search(r"arXiv:(\d{4}\.\d{4,5})", paper)
    year = re.search(r"\b(19|20)\d\d\b", paper)
    authors = re.split(r"\s+\d{4}", paper)[0].replace(" & ", " and ").replace(", ", " and ")
    if not number:
        return f"% {name}: {paper}"
    return (
        f"@misc{{{name},\n  author = {{{authors}}},\n  year = {{{year[0] if year else ''}}},\n"
        f"  eprint = {{{number[1]}}},\n  archivePrefix = {{arXiv}}\n}}"
    )
