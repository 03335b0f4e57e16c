"""Writes a game's step as plain Python: the code that runs is the code that is printed."""

import re
from collections.abc import Callable, Iterator

from attrs import define

from rivalry.errors import Path
from rivalry.graph.joint import joint_step
from rivalry.graph.naming import variable
from rivalry.graph.nodes import Graph, Observer, walk
from rivalry.graph.playing import play_turn
from rivalry.graph.turns import Segment, canonical, segments
from rivalry.graph.writer import Writer
from rivalry.spec.uses import key, moving


@define
class Program:
    """The source of one step: a prelude and turns as functions, and `step(now)` that calls them in order."""

    source: str
    segments: list[Segment]


def emit(
    graph: Graph, fakes: str = "shared", gathers: bool = False, origin: Callable[[Path], str] = lambda path: "",
    merged: bool = False,
) -> Program:  # fmt: skip
    """Write the step of a game. `gathers` joins the scores of all processes before an objective sees them; `merged`
    serves both sides of a game whose players move at once by one backward pass through its judge.
    """
    parts = segments(graph, fakes)
    functions: dict[str, str] = {}  # body -> function text, so that equal turns are written once
    names: dict[str, str] = {}
    body: list[str] = []
    body += [f"{what} = {value}" for what, value in moved(graph)]
    if graph.together is not None:
        found, lines = joint_step(graph, Segment(0, parts[0].turns), gathers, origin, merged)
        functions, body = {text: text for text in found}, [*body, *lines]
    else:
        watched = watchers(graph, parts, gathers, origin)
        for segment in parts:
            body += _segment(graph, segment, fakes, gathers, origin, functions, names, watched)
    if graph.observers:
        body.append("now.follow()")
    step = "\n".join(["def step(now):", *("    " + line for line in body)])
    return Program("\n\n\n".join([*functions.values(), step]) + "\n", parts)


def moved(graph: Graph) -> Iterator[tuple[str, str]]:
    """The components whose numbers move, and how they are made anew for a step."""
    weightless = {f"losses.{term.loss}": (term.use, term.path) for term in graph.terms}
    weightless |= {f"augments.{name}": (use, ("augments", name)) for name, use in graph.augments.items()}
    for name, (use, path) in weightless.items():
        numbers = {argument: key((*path, argument), value) for argument, value in moving(use).items()}
        if numbers:
            words = ", ".join(f"{argument}=now.number({number!r})" for argument, number in numbers.items())
            yield name, f"evolve({name}, {words})"


Watched = dict[int, dict[str, dict[str, Observer]]]
"""Turn -> loss beside which it is observed, "" for the turn's end -> what is observed by which number."""


def watchers(graph: Graph, parts: list[Segment], gathers: bool, origin: Callable[[Path], str]) -> Watched:
    """Where each moving number observes: in the last turn that computes all networks' calls in it, else beside a loss
    of some steps that does, else at the end of the last turn.
    """
    found: Watched = {}
    if not graph.observers:
        return found
    turns = [Writer(graph, segment, turn, gathers, origin) for segment in parts for turn in segment.turns]
    for writer in turns:
        play_turn(writer, {})
    for name, observer in graph.observers.items():
        wanted = {canonical(node) for node in walk(observer.of) if node.op == "network"}
        seen = {*map(canonical, observer.parts)}
        places = [(turns[-1], "")]
        places += [(writer, label) for writer in turns for label, known in writer.within.items() if seen <= known]
        places += [(writer, "") for writer in turns if wanted <= writer.computed]
        writer, beside = places[-1]
        assert writer.at is not None
        found.setdefault(writer.at.index, {}).setdefault(beside, {})[name] = observer
    return found


def _segment(
    graph: Graph, segment: Segment, fakes: str, gathers: bool, origin: Callable[[Path], str],
    functions: dict[str, str], names: dict[str, str], watched: Watched,
) -> list[str]:  # fmt: skip
    turns = [Writer(graph, segment, turn, gathers, origin) for turn in segment.turns]
    for writer, at in zip(turns, segment.turns, strict=True):
        play_turn(writer, watched.get(at.index, {}))
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
