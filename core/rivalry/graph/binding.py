"""From the source of a step to a function: compiled once, with everything that it calls by name."""

import linecache
from collections.abc import Callable, Mapping
from itertools import count
from types import SimpleNamespace
from typing import Any

from torch import nn

from rivalry.distributed import gather
from rivalry.graph.emit import Program
from rivalry.graph.evaluate import operation
from rivalry.graph.nodes import Graph, walk
from rivalry.graph.turns import needs
from rivalry.interfaces import input_gradient

_serial = count()


def compiled(program: Program, names: Mapping[str, Any], title: str) -> Callable[[Any], None]:
    """The step function of a program; tracebacks show its lines."""
    file = f"<rivalry {title} {next(_serial)}>"
    linecache.cache[file] = len(program.source), None, program.source.splitlines(keepends=True), file
    space = dict(names)
    exec(compile(program.source, file, "exec"), space)
    return space["step"]  # type: ignore[no-any-return]


def bindings(graph: Graph, networks: Mapping[str, nn.Module], players: Mapping[str, Any]) -> dict[str, Any]:
    """What the emitted code calls by name."""
    losses = {term.loss: term.use.build() for term in graph.terms}
    roots = [node for player in graph.players for node in needs(graph, player)]
    used = {node.name for root in roots for node in walk(root) if node.op == "operation"}
    return {
        **networks,
        "losses": SimpleNamespace(**losses),
        "players": SimpleNamespace(**players),
        "operations": SimpleNamespace(**{name: operation(name) for name in used}),
        "input_gradient": input_gradient,
        "gather": gather,
    }
