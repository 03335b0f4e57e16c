"""What a player waits for: a comparison of the losses' last values."""

from collections.abc import Collection
from typing import Any

from rivalry.errors import Path, nearest
from rivalry.graph.nodes import Node
from rivalry.graph.reading import Reading
from rivalry.spec import expression as ex


def condition(reading: Reading, text: Any, path: Path, labels: Collection[str]) -> Node | None:
    """A comparison of the losses' last values, as a player's `when` has it."""
    try:
        found = ex.parse(text)
    except ex.ExpressionError as error:
        reading.fault(path, str(error), offset=error.offset)
        return None
    node = _latest(reading, found, path, labels)
    if node is not None and not (node.op == "arithmetic" and node.name[0] in "<>"):
        reading.fault(
            path, f"wanted one comparison, got '{text}'", f"e.g. {next(iter(labels), 'game.discriminator')} > 0.3"
        )
        return None
    return node


def _latest(reading: Reading, found: ex.Expression, path: Path, labels: Collection[str]) -> Node | None:
    text, at = ex.show(found), found.offset
    if text in labels:
        return Node("latest", text, text=text)
    losses: dict[str, list[str]] = {}
    for label in labels:
        name, _, side = label.partition(".")
        losses.setdefault(name, []).append(side)
    match found:
        case ex.Number(value=value) if not isinstance(value, str):
            return Node("number", constants=(("value", value),), text=text)
        case ex.Arithmetic(operator=operator, left=left, right=right):
            args = tuple(node for part in (left, right) if (node := _latest(reading, part, path, labels)) is not None)
            return Node("arithmetic", operator, args, text=text) if len(args) == 2 else None
        case ex.Name(id=name) if name in reading.source.schedules:
            return Node("moving", name, text=name)
        case ex.Name(id=name) if name in losses:
            reading.fault(
                path, f"'{name}' has two sides", f"one of {', '.join(f'{name}.{s}' for s in losses[name])}", at
            )
        case ex.Output(of=ex.Name(id=name), name=side) if name in losses:
            reading.fault(path, f"'{name}' has no side '{side}'", nearest(side, [s for s in losses[name] if s]), at)
        case ex.Output(of=ex.Name(id=name)) | ex.Name(id=name):
            reading.fault(path, f"no loss is called '{name}'", nearest(name, losses), at)
        case _:
            reading.fault(path, f"wanted losses and numbers, got '{text}'", f"one of {', '.join(labels)}", at)
    return None
