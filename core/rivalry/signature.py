"""What a component's constructor says about its arguments: this, and nothing else, is its schema."""

import inspect
from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import frozen

from rivalry.interfaces import KINDS, Component
from rivalry.marks import Moves, Supplied

REQUIRED = inspect.Parameter.empty


@frozen
class Part:
    """An argument that is itself a component; `curried` when the given facts are bound later, at a call."""

    kind: str
    curried: bool
    optional: bool


@frozen
class Parameter:
    """One argument of a constructor."""

    name: str
    annotation: Any
    default: Any
    given: bool
    moves: bool
    part: Part | None

    @property
    def required(self) -> bool:
        """Whether a spec must state it."""
        return self.default is REQUIRED and not self.given


def _part(annotation: Any) -> Part | None:
    optional = False
    if get_origin(annotation) in (Union, UnionType):
        rest = [arm for arm in get_args(annotation) if arm is not type(None)]
        if len(rest) != 1:
            return None
        annotation, optional = rest[0], True
    curried = get_origin(annotation) is Callable or str(get_origin(annotation)) == "<class 'collections.abc.Callable'>"
    if curried:
        annotation = get_args(annotation)[-1]
    if (
        isinstance(annotation, type)
        and issubclass(annotation, Component)
        and getattr(annotation, "kind", None) in KINDS
    ):
        return Part(annotation.kind, curried, optional)
    return None


def parameters(component: type[Component]) -> dict[str, Parameter]:
    """The constructor's arguments by name, in order."""
    if component.__init__ is object.__init__:
        return {}
    hints = get_type_hints(component.__init__, include_extras=True)
    found = {}
    for name, parameter in list(inspect.signature(component.__init__).parameters.items())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        annotation = hints.get(name, Any)
        marks = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
        bare = get_args(annotation)[0] if marks else annotation
        found[name] = Parameter(
            name,
            annotation,
            parameter.default,
            given=any(isinstance(mark, Supplied) for mark in marks),
            moves=any(isinstance(mark, Moves) for mark in marks),
            part=_part(bare),
        )
    return found


def spell(annotation: Any) -> str:
    """A type as people read it: `number > 0`, `one of 'a', 'b'`, `whole number`."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = " and ".join(filter(None, map(_bound, arguments[1:])))
        return f"{spell(arguments[0])} {bounds}".rstrip()
    if origin is Literal:
        return "one of " + ", ".join(map(repr, arguments))
    if origin in (Union, UnionType):
        return " or ".join(spell(arm) for arm in arguments)
    if part := _part(annotation):
        return part.kind
    if origin in (tuple, list):
        items = " or ".join(dict.fromkeys(spell(arm) for arm in arguments if arm is not Ellipsis))
        return (
            f"list of {items}" if origin is list or Ellipsis in arguments else f"list of {len(arguments)}, each {items}"
        )
    words = {
        int: "whole number",
        float: "number",
        str: "text",
        bool: "true or false",
        dict: "mapping",
        type(None): "nothing",
    }
    return words.get(origin or annotation, getattr(annotation, "__name__", str(annotation)))


def _bound(mark: Any) -> str:
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    return " and ".join(
        f"{sign} {getattr(mark, name)}" for name, sign in signs.items() if getattr(mark, name, None) is not None
    )
