"""Writes a game's step as plain Python: the code that runs is the code that is printed."""

import re
from collections.abc import Callable

from attrs import define

from rivalry.errors import Path
from rivalry.graph.nodes import Graph
from rivalry.graph.turns import Segment, segments
from rivalry.graph.writer import Writer, variable


@define
class Program:
    """The source of one step: a prelude and turns as functions, and `step(now)` that calls them in order."""

    source: str
    segments: list[Segment]


def emit(
    graph: Graph, fakes: str = "shared", gathers: bool = False, origin: Callable[[Path], str] = lambda path: ""
) -> Program:
    """Write the step of a game. `gathers` joins the scores of all processes before an objective sees them."""
    parts = segments(graph, fakes)
    functions: dict[str, str] = {}  # body -> function text, so that equal turns are written once
    names: dict[str, str] = {}
    body: list[str] = []
    for segment in parts:
        body += _segment(graph, segment, fakes, gathers, origin, functions, names)
    step = "\n".join(["def step(now):", *("    " + line for line in body)])
    return Program("\n\n\n".join([*functions.values(), step]) + "\n", parts)


def _segment(
    graph: Graph, segment: Segment, fakes: str, gathers: bool, origin: Callable[[Path], str],
    functions: dict[str, str], names: dict[str, str],
) -> list[str]:  # fmt: skip
    turns = [Writer(graph, segment, turn, gathers, origin) for turn in segment.turns]
    for writer in turns:
        writer.turn()
    wanted = list(dict.fromkeys(node for writer in turns for node in writer.borrowed))
    sources = [node for writer in turns for node in writer.sources]
    prelude: Writer | None = None
    if wanted:
        prelude = Writer(graph, segment, None, gathers, origin)
        prelude.prelude(wanted)
        sources += prelude.sources
    lines = [f"now.deal({segment.index})"]
    for source in dict.fromkeys(sources):
        if source.op == "data" or fakes == "shared":
            lines.append(f"{variable(source.name)} = now.{source.op}({source.name!r})")
    if prelude is not None:
        name = _function("prelude", prelude, functions, names)
        lines.append(
            f"{', '.join(prelude.variables[node] for node in wanted)} = {name}({', '.join(prelude.parameters())})"
        )
    for writer, turn in zip(turns, segment.turns, strict=True):
        if fakes == "fresh":
            latents = [source for source in writer.sources if source.op == "latent"]
            lines += [f"{variable(source.name)} = now.latent({source.name!r}, {turn.index})" for source in latents]
        name = _function(f"{turn.player}_turn", writer, functions, names)
        lines.append(f"{name}({', '.join(writer.parameters())})")
    return lines


def _function(name: str, writer: "Writer", functions: dict[str, str], names: dict[str, str]) -> str:
    body = "\n".join("    " + line if line else "" for line in writer.lines)
    key = f"{name}({', '.join(writer.parameters())})\n{body}"
    if key not in names:
        count = sum(1 for used in names.values() if re.fullmatch(rf"{name}(_\d+)?", used))
        names[key] = name if count == 0 else f"{name}_{count + 1}"
        functions[key] = f"def {names[key]}({', '.join(writer.parameters())}):\n{body}"
    return names[key]
