"""Writes the reference pages from the installed program: every kind, component and command, as Markdown.

A page holds a line `<!-- generated: components -->`; at build time `PAGES["components"]()` takes its place.
"""

import argparse
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MARKER = re.compile(r"^<!-- generated: (\w+) -->$", re.MULTILINE)
SPECIAL = re.compile(r"([\\<>*_\[\]{}|$#~^])")
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


def escaped(text: str) -> str:
    """Plain text as Markdown: only `code` keeps its meaning, and an arXiv id becomes a link."""
    parts = re.split(r"(`[^`\n]+`)", text)
    plain = (part if part.startswith("`") else SPECIAL.sub(r"\\\1", part) for part in parts)
    return ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", "".join(plain))


def cell(text: Any) -> str:
    """Text inside a table."""
    return escaped(" ".join(str(text).split()))


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; cells are already Markdown, but for the bars inside them."""
    rows = [[re.sub(r"(?<!\\)\|", r"\\|", text) for text in row] for row in rows]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def prose(docstring: str | None) -> str:
    """A docstring as Markdown: indented blocks (formulas) stay as they are, bullets stay bullets."""
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(docstring or ""))
    return "\n\n".join(
        formula(block) if block.startswith("    ") else paragraph(block) for block in blocks if block.strip()
    )


def formula(block: str) -> str:
    """An indented block, character by character."""
    return f"```text\n{inspect.cleandoc(block)}\n```"


def paragraph(block: str) -> str:
    """One paragraph, or one list of bullets."""
    if block.startswith("- "):
        items = re.split(r"\n(?=- )", block)
        return "\n".join("- " + escaped(" ".join(item[2:].split())) for item in items)
    return escaped(block)


def without_citation(docstring: str) -> str:
    """The docstring without its last paragraph where that only repeats `paper`."""
    return re.sub(r"\n\s*\nPapers?: (?:(?!\n\s*\n).)*\Z", "", docstring, flags=re.DOTALL)


# components


def parameters_of(component: Any) -> str:
    """The constructor's arguments with their types, ranges and defaults."""
    from rivalry.cli.describe import parameter_rows

    rows = [[f"`{name}`", cell(kind), cell(default)] for name, kind, default in parameter_rows(component)]
    return table(["parameter", "type", "value"], rows) if rows else "No parameters."


def component_entry(kind: str, name: str, component: Any, provider: str) -> str:
    """One component: what it computes, its parameters, its paper."""
    text = prose(without_citation(inspect.cleandoc(component.__doc__ or "")))
    traits = [f"{trait[0].upper()}{trait[1:]}: {escaped(words)}" for trait, words in component.traits().items()]
    return "\n\n".join(
        [
            f"(component-{kind}-{name})=\n### {name}",
            text,
            *(["  \n".join(traits)] if traits else []),
            parameters_of(component),
            f"Paper: {escaped(component.paper)}  \nProvided by: `{provider}`",
        ]
    )


def installed() -> dict[str, dict[str, tuple[Any, str]]]:
    """Kind -> name -> (class, provider) of what ships with Rivalry; a plugin of this machine's own is left out."""
    from rivalry.plugins import Plugins

    table_ = Plugins().load().table()
    return {
        kind: {name: found for name, found in sorted(row.items()) if found[1].startswith("rivalry")}
        for kind, row in table_.items()
    }


def components() -> str:
    """Every shipped component, kind by kind."""
    parts = []
    for kind, row in installed().items():
        if row:
            names = ", ".join(f"[{name}](#component-{kind}-{name})" for name in row)
            parts.append(f"(components-{kind})=\n## {kind}\n\n{names}")
            parts += [component_entry(kind, name, cls, provider) for name, (cls, provider) in row.items()]
    return "\n\n".join(parts)


def specs() -> str:
    """Every shipped spec with its first line of comment and its paper."""
    from rivalry.cli.list import first_line
    from rivalry.plugins import Plugins
    from rivalry.spec.load import tree_of

    rows = []
    for name, (path, provider) in sorted(Plugins().load().specs().items()):
        if provider.startswith("rivalry"):
            text = path.read_text(encoding="utf-8")
            about = text.splitlines()[0].removeprefix("#").strip() if first_line(text) else ""
            rows.append([f"`{name}`", cell(about), cell(tree_of(str(path), []).value.get("paper", ""))])
    return table(["spec", "what it is", "paper"], rows)


# the table of objectives

SIDES = ("discriminator", "generator")
FACTS = ("Optimum", "Needs", "Use")
"""The paragraphs that an objective's docstring holds beside its formula; the table shows their first sentences."""


def paragraphs(component: Any) -> list[str]:
    """A docstring's paragraphs and indented blocks."""
    return re.split(r"\n\s*\n", inspect.cleandoc(component.__doc__ or ""))


def losses_of(component: Any) -> dict[str, list[str]]:
    """What either side minimises, line by line: the words of the indented block that begins a line with each.

    Further lines that are indented belong to the side above them; others define what the two use, and come with the
    discriminator's. A word before a side's name says in which case.
    """
    found: dict[str, list[str]] = {side: [] for side in SIDES}
    for block in paragraphs(component):
        if not block.startswith("    ") or any(found.values()):
            continue
        for line in inspect.cleandoc(block).splitlines():
            named = re.search(rf"\b({'|'.join(SIDES)})\b", line)
            side = named[1] if named else SIDES[0]
            words = " ".join((line.replace(side, "", 1) if named else line).split())
            if line.startswith(" ") and found[SIDES[1]]:
                side = SIDES[1]
            found[side].append(words.replace("`", ""))
    return found


def fact(component: Any, word: str) -> str:
    """The first sentence of the paragraph that begins with a word, without it."""
    for block in paragraphs(component):
        found = re.match(rf"{word}\b[:,]?\s*", block)
        if found:
            return re.split(r"(?<=[^A-Z])\.\s", " ".join(block[found.end() :].split()))[0].rstrip(".")
    return ""


def objectives() -> str:
    """Every shipped objective in one table, from its own docstring."""
    rows = []
    for name, (cls, _) in installed()["objective"].items():
        losses = losses_of(cls)
        formulas = ["<br>".join(f"`{line}`" for line in losses[side]) for side in SIDES]
        rows.append([f"[{name}](#component-objective-{name})", *formulas, *(cell(fact(cls, word)) for word in FACTS)])
    return table(["objective", *SIDES, "optimum", "needs", "when to use"], rows)


# kinds and markers


def shown(annotation: Any) -> str:
    """An annotation as it is written in the source."""
    if annotation is inspect.Parameter.empty:
        return ""
    if isinstance(annotation, str):
        return annotation
    if isinstance(annotation, type) and not getattr(annotation, "__args__", None):
        return annotation.__name__
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(annotation))


def signature(function: Any) -> str:
    """A method's arguments and result, without module names."""
    found = inspect.signature(function)
    words, starred = [], False
    for name, parameter in found.parameters.items():
        if name == "self":
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            words.append("*")
        starred |= parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_POSITIONAL)
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        kind = shown(parameter.annotation)
        words.append(f"{star}{name}{': ' + kind if kind else ''}{default}")
    result = shown(found.return_annotation)
    return f"({', '.join(words)}){' -> ' + result if result else ''}"


def members(base: type) -> Iterator[tuple[str, str, str]]:
    """What one writes in a component of this kind, and what one gets: name with signature, role, first sentence."""
    for name, member in vars(base).items():
        target = member.fget if isinstance(member, property) else member
        public = not name.startswith("_") or name == "__call__" or name == "__len__"
        if not public or not callable(target) or isinstance(target, type):
            continue
        if isinstance(member, property):
            text = f"{name}: {shown(inspect.signature(target).return_annotation)}"
        else:
            text = name + signature(target)
        role = (
            "write"
            if getattr(target, "__isabstractmethod__", False)
            else "final"
            if getattr(target, "__final__", False)
            else "may write"
        )
        about = " ".join((target.__doc__ or "").split("\n\n")[0].split())
        yield text, role, about or "The same as `forward`."


def kinds() -> str:
    """The interface of every kind."""
    from rivalry.interfaces import KINDS, Network

    parts = []
    for kind, base in KINDS.items():
        rows = [[f"`{text}`", role, cell(about)] for text, role, about in members(base)]
        if issubclass(base, Network) and not rows:
            rows = [["`forward(*inputs: Tensor) -> Tensor`", "write", "As the line above says."]]
        elif kind == "norm":
            rows = [
                [
                    "`forward(x: Tensor, condition: Tensor | None = None) -> Tensor`",
                    "write",
                    "The normalised activations, of x's shape.",
                ]
            ]
        parts.append(f"(kind-{kind})=\n### {kind}: `{base.__name__}`\n\n{prose(base.__doc__)}")
        parts.append(table(["method", "", "what it returns or does"], rows))
    return "\n\n".join(parts)


def markers() -> str:
    """The words of `rivalry.marks`."""
    from rivalry import marks

    rows = []
    for name in marks.__all__:
        value = getattr(marks, name)
        if (
            inspect.isclass(value)
            and value.__module__ == marks.__name__
            and value.__mro__[1] is object
            and not hasattr(value, "__attrs_attrs__")
        ):
            rows.append([f"`{name}`", cell(inspect.getdoc(value))])
    return table(["marker", "what it says"], rows)


# the command line


def commands() -> str:
    """The program's own help, command by command."""
    from rivalry.cli import COMMANDS, parser

    top = parser()
    subs = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction)).choices
    parts = [f"```text\n{top.format_usage().strip()}\n```", options_of(top)]
    for name, text in COMMANDS.items():
        parts.append(f"(command-{name})=\n## rivalry {name}\n\n{escaped(text[0].upper() + text[1:])}.")
        parts += [f"```text\n{subs[name].format_usage().strip()}\n```", options_of(subs[name])]
    return "\n\n".join(parts)


def options_of(found: argparse.ArgumentParser) -> str:
    """A parser's arguments, without the list of commands."""
    rows = []
    for action in found._actions:
        if isinstance(action, argparse._SubParsersAction | argparse._HelpAction):
            continue
        words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        value = f" {action.metavar or action.dest.upper()}" if action.option_strings and action.nargs != 0 else ""
        rows.append([f"`{words}{value}`", cell((action.help or "").replace("%(prog)s", "rivalry"))])
    return table(["argument", "meaning"], rows)


def results() -> str:
    """The pages of results/, in order; Sphinx warns of a glob that finds none, and this does not."""
    names = sorted(page.stem for page in (Path(__file__).parents[1] / "results").glob("*.md") if page.stem != "index")
    return "\n".join(["```{toctree}", ":maxdepth: 1", "", *names, "```"]) if names else "There are none yet."


PAGES: dict[str, Callable[[], str]] = {
    "components": components, "specs": specs, "kinds": kinds, "markers": markers, "commands": commands,
    "results": results, "objectives": objectives,
}  # fmt: skip


def filled(text: str) -> str:
    """A page with every generated part in place."""
    return MARKER.sub(lambda found: PAGES[found[1]](), text)


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx."""

    def read(_app: Any, _name: str, source: list[str]) -> None:
        source[0] = filled(source[0])

    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
