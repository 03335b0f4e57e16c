"""The names of numbers that move."""

from collections.abc import Callable, Sequence
from typing import Any

import attrs
from attrs import frozen

from rivalry.interfaces import Schedule


@frozen
class Ref:
    """A number that moves as the schedule of that name does."""

    name: str
    wanted: str = attrs.field(default="number", eq=False)
    """What could have stood in its place."""

    def plain(self) -> str:
        """As it is written."""
        return self.name


def key(path: Sequence[int | str], value: object) -> str:
    """The name of a number: its schedule's, or the path of one written in place, without the form of its loss."""
    if isinstance(value, Ref):
        return value.name
    return ".".join(str(part) for part in path if part not in ("objective", "penalty"))


def still(component: Any, path: Sequence[int | str], number: Callable[[str], Any]) -> Any:
    """A weightless component with its moving numbers as they are at a moment."""
    held = attrs.asdict(component, recurse=False) if attrs.has(type(component)) else {}
    moving = {name: value for name, value in held.items() if isinstance(value, Schedule | Ref)}
    if not moving:
        return component
    return attrs.evolve(component, **{name: number(key((*path, name), value)) for name, value in moving.items()})
