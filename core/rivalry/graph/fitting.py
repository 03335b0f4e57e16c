"""Writes what a layer is fitted to as a function of the present rows: as in a step, what runs is what is printed."""

from collections.abc import Sequence
from typing import Any

from rivalry.graph.emit import moved
from rivalry.graph.naming import variable
from rivalry.graph.nodes import Graph, Node, walk
from rivalry.graph.outline import Outline
from rivalry.graph.reading import Reading
from rivalry.graph.turns import Segment
from rivalry.graph.writer import Writer


def wanted(source: Outline, layer: str, text: Any) -> tuple[Node, ...]:
    """The tensors that a stage's `fit` names for a layer."""
    node = Reading(source, []).several(text, ("fit", layer))
    assert node is not None
    return node.args if isinstance(text, list) else (node,)


def fitting(graph: Graph, layer: str, nodes: Sequence[Node]) -> tuple[str, str]:
    """A function's name and its source: it takes `now` and returns the tensors that a layer is fitted to."""
    everything = [at for node in nodes for at in walk(node)]
    writer = Writer(graph, Segment(0), None, False, lambda path: "")
    writer.by = {at.args[1] for at in everything if at.op == "gradient"}
    augments = {f"augments.{at.name}" for at in everything if at.op == "augment"}
    head = [f"{what} = {value}" for what, value in moved(graph) if what in augments]
    if writer.by:
        writer.write("with enable_grad():")
        writer.depth += 1
    values = [writer.value(node) for node in nodes]
    writer.write(f"return {', '.join(values)},")
    head += [f"{variable(s.name)} = now.{s.op}({s.name!r})" for s in dict.fromkeys(writer.sources)]
    name = f"rows_of_{layer}"
    return name, "\n".join([f"def {name}(now):", *("    " + line for line in (*head, *writer.lines))]) + "\n"
