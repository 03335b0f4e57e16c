"""From the source of a step to a function: compiled once, with everything that it calls by name."""

import linecache
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import count
from types import SimpleNamespace
from typing import Any

from torch import nn

from rivalry.graph.emit import Program
from rivalry.graph.evaluate import operation
from rivalry.graph.nodes import Graph, Node, Term, walk
from rivalry.graph.turns import needs
from rivalry.joint import Table
from rivalry.pieces import part
from rivalry.spec.uses import Use

CALLED = {
    "input_gradient": "rivalry.interfaces",
    "gradients": "rivalry.sums",
    "added": "rivalry.sums",
    "joined": "rivalry.sums",
    "evolve": "attrs",
    "no_grad": "torch",
    "enable_grad": "torch",
    "gather": "rivalry.distributed",
}
"""The functions that emitted code calls by name, and where they are."""

_serial = count()


def compiled(program: Program, names: Mapping[str, Any], title: str) -> Callable[[Any], None]:
    """The step function of a program; tracebacks show its lines."""
    return function(program.source, "step", names, title)  # type: ignore[no-any-return]


def function(source: str, name: str, names: Mapping[str, Any], title: str) -> Any:
    """A function of emitted code."""
    file = f"<rivalry {title} {next(_serial)}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    space = dict(names)
    exec(compile(source, file, "exec"), space)
    return space[name]


def called(graph: Graph) -> list[Node]:
    """Every node that a step may compute."""
    roots = [node for player in graph.players for node in needs(graph, player)]
    roots += [observer.of for observer in graph.observers.values()]
    return list(dict.fromkeys(node for root in roots for node in walk(root)))


def operations_of(nodes: Sequence[Node]) -> list[str]:
    """The operations that are called among these nodes."""
    return sorted({node.name for node in nodes if node.op == "operation"})


def following(graph: Graph) -> list[Term]:
    """The losses whose weights follow gradients."""
    return [term for term in graph.terms if isinstance(term.weight, Use)]


def bindings(
    graph: Graph, networks: Mapping[str, nn.Module], players: Mapping[str, Any], also: Sequence[Node] = ()
) -> dict[str, Any]:
    """What the emitted code calls by name; `also` are nodes that are computed outside a step."""
    used, weighed = operations_of([*called(graph), *also]), following(graph)
    return {
        **networks,
        "losses": SimpleNamespace(**{term.loss: term.use.build() for term in graph.terms}),
        "players": SimpleNamespace(**players),
        "operations": SimpleNamespace(**{name: operation(name) for name in used}),
        "augments": SimpleNamespace(**{name: use.build() for name, use in graph.augments.items()}),
        "weights": SimpleNamespace(**{term.loss: term.weight.build() for term in weighed}),  # type: ignore[union-attr]
        "parts": SimpleNamespace(**{term.loss: part(networks, term.weight.words["at"]) for term in weighed}),  # type: ignore[union-attr]
        **{name: getattr(import_module(home), name) for name, home in CALLED.items()},
        **({} if graph.together is None else {"joint": Table(players, graph.together.build())}),
    }
