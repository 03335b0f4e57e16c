"""The entries of a checked spec: a component by name, an object handed in, the name of a moving number."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import field, frozen

from rivalry.fields import Field
from rivalry.interfaces import Component, Schedule
from rivalry.numbers import Ref, key
from rivalry.signature import REQUIRED, parameters

__all__ = ["Live", "Ref", "Use", "key", "known_arguments", "moving", "plain"]


@frozen
class Use:
    """A component by name, with checked arguments; `build` makes it."""

    kind: str
    name: str
    component: type[Component]
    arguments: Mapping[str, Any] = field(factory=dict)
    words: Mapping[str, Any] = field(factory=dict)
    """What the entry says to the language, not to the constructor: `output`, `from`, `like`, `observe` ..."""

    @property
    def output(self) -> Field | None:
        """What `output:` says of a network's output, in place of the facts."""
        sizes = self.words.get("output")
        return None if sizes is None else Field(tuple(sizes) if isinstance(sizes, list | tuple) else sizes)

    def build(self, **given: Any) -> Any:
        """Make the component, with the facts that it is given; ValueError from its constructor passes through."""
        wanted = {name for name, parameter in parameters(self.component).items() if parameter.given}
        made = self.component(**self.resolved(), **{name: fact for name, fact in given.items() if name in wanted})
        norm = self.words.get("weight_norm")
        return made if norm is None else norm.build().apply(made)

    def resolved(self) -> dict[str, Any]:
        """The arguments with their parts built (or bound, where facts are still to come)."""
        signature, done = parameters(self.component), {}
        for name, value in self.arguments.items():
            part = signature[name].part
            if isinstance(value, Use) and part and part.curried:
                done[name] = partial(value.component, **value.resolved())
            else:
                done[name] = value.build() if isinstance(value, Use | Live) else value
        return done

    def plain(self) -> Any:
        """The entry as it would be written, every default filled in."""
        said = {n: self.arguments.get(n, p.default) for n, p in parameters(self.component).items() if not p.given}
        body = {name: plain(value) for name, value in said.items() if value is not REQUIRED}
        body = {name: value for name, value in body.items() if value is not _UNWRITTEN}
        return {"use": self.name, **body, **{word: plain(value) for word, value in self.words.items()}}


_UNWRITTEN = object()


def plain(value: Any) -> Any:
    """A checked value as plain YAML."""
    if hasattr(value, "plain"):
        return value.plain()
    if isinstance(value, type) and issubclass(value, Component):
        return Use(value.kind, value.name, value).plain()
    if isinstance(value, Component):
        own = {name: getattr(value, name) for name in known_arguments(type(value)) if hasattr(value, name)}
        return Use(value.kind, value.name, type(value), own).plain()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int | float | bool) else _UNWRITTEN


@frozen
class Live:
    """An object handed in from Python in place of an entry."""

    kind: str
    object: Any

    @property
    def name(self) -> str:
        """The class's name."""
        return type(self.object).__name__

    @property
    def component(self) -> type[Any]:
        """The object's class."""
        return type(self.object)

    def build(self, **given: Any) -> Any:
        """The object itself."""
        return self.object

    def plain(self) -> Any:
        """`{live: module.Class}`: it must be handed in again to load."""
        return {"live": f"{type(self.object).__module__}.{type(self.object).__qualname__}"}


def known_arguments(component: type[Component]) -> list[str]:
    """The names a spec may state."""
    return [name for name, parameter in parameters(component).items() if not parameter.given]


def moving(use: "Use | Live") -> dict[str, "Use | Live | Ref"]:
    """The arguments of a component that schedules move."""
    if isinstance(use, Use):
        found = {name: use.arguments[name] for name in parameters(use.component) if name in use.arguments}
        return {n: v for n, v in found.items() if isinstance(v, Ref) or getattr(v, "kind", "") == "schedule"}
    held = ((name, getattr(use.object, name, None)) for name in known_arguments(use.component))
    return {name: Live("schedule", value) for name, value in held if isinstance(value, Schedule)}
