"""The plain meaning of a node: what it is, computed directly from its arguments.

Facts and sampling use it; the training step is emitted code, which a test holds to this meaning.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.graph.nodes import Node, walk
from rivalry.interfaces import Operation, input_gradient
from rivalry.marks import Draws
from rivalry.plugins import plugins
from rivalry.streams import Stream, Streams

FAILURES = (
    RuntimeError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    NotImplementedError,
)
"""What a component may raise on inputs that do not fit it."""

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def operation(name: str) -> Operation:
    """An installed operation by name."""
    return plugins().find("operation", name)()  # type: ignore[return-value]


def constants(node: Node) -> dict[str, Any]:
    """An operation's keywords; `draw=` asks for another draw and is no argument."""
    return {key: value for key, value in node.constants if key != "draw"}


def apply(
    node: Node, args: Sequence[Any], networks: Mapping[str, nn.Module], device: torch.device,
    draw: Stream | None = None, augments: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The value of a node whose arguments' values are given."""

    def random(component: Any) -> dict[str, Stream]:
        return {"draw": draw or Streams(0, device)(node.text)} if isinstance(component, Draws) else {}

    match node.op:
        case "network":
            return networks[node.name](*args, **random(networks[node.name]))
        case "operation":
            found = operation(node.name)
            return found(*args, **constants(node), **random(found))
        case "augment":
            found = (augments or {})[node.name]
            return found(*args, **random(found))
        case "detach" | "leaf":
            return args[0].detach()
        case "gradient":
            return input_gradient(*args)
        case "output":
            return getattr(args[0], node.name) if node.name else args[0][0]
        case "arithmetic":
            return ARITHMETIC[node.name](*map(main, args))
        case "number":
            return dict(node.constants)["value"]
        case "sequence":
            return list(args)
    raise ValueError(f"'{node.text}' has no value of its own")


def main(value: Any) -> Any:
    """The main output of a call that has named ones."""
    return value[0] if isinstance(value, tuple) and not isinstance(value, Tensor) else value


def evaluate(
    node: Node, sources: Mapping[Node, Any], networks: Mapping[str, nn.Module], streams: Streams,
    numbers: Mapping[str, Any] | None = None, augments: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """The value of a node from the values of its sources and of the numbers that move."""
    values: dict[Node, Any] = dict(sources)
    leaves = {at.args[1] for at in walk(node) if at.op == "gradient"}
    with torch.enable_grad() if leaves else nullcontext():
        for at in walk(node):
            if at.op == "moving" and at not in values:
                values[at] = (numbers or {})[at.name]
            if at not in values:
                args = [values[a] for a in at.args]
                values[at] = apply(at, args, networks, streams.device, streams(at.text), augments)
            if at in leaves and not values[at].requires_grad:
                values[at] = values[at].detach().requires_grad_()
    return values[node]
