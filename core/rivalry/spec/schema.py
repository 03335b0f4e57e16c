"""Pydantic types made from constructors: a spec entry is checked against the component it names."""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Annotated, Any
from weakref import finalize

import attrs
from attrs import evolve
from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter, ValidationError, WrapValidator, create_model
from pydantic_core import InitErrorDetails, PydanticCustomError

from rivalry.interfaces import KINDS, Component, Observing
from rivalry.plugins import plugins
from rivalry.signature import REQUIRED, Parameter, parameters, spell
from rivalry.spec.phrases import NETWORKS, WORDS, observing
from rivalry.spec.uses import Live, Ref, Use, known_arguments, plain
from rivalry.spec.words import Check, brief, checked_model, relay, strict, wrong

__all__ = ["Live", "Ref", "Use", "check_use", "checked_entry", "default", "entry", "known_arguments", "plain"]


def entry(kind: str) -> Any:
    """The pydantic type of a spec entry of one kind."""
    return Annotated[Any, PlainValidator(partial(_entry, kind))]


def _entry(kind: str, value: Any, part: bool = False) -> "Use | Live":
    if isinstance(value, Use | Live):
        return value
    if isinstance(value, str):
        value = {"use": value}
    if not isinstance(value, Mapping):
        if may_live(kind, value):
            return _recipes.get(id(value)) or Live(kind, value)
        raise wrong(f"wanted a {kind}: a name or {{use: name, ...}}, got {brief(value)}")
    name = value.get("use")
    if not isinstance(name, str):
        fix = "a live object must be handed in again from Python" if "live" in value else "write {use: name, ...}"
        raise wrong(f"names no {kind}", fix)
    rest = {key: item for key, item in value.items() if key != "use"}
    known = [] if part else words(kind, name)  # a part of a component says nothing to the language
    said = {word: rest.pop(word) for word in known if word in rest}
    lines: list[InitErrorDetails] = []
    for word, item in said.items():
        try:
            said[word] = WORDS[kind][word](item)
        except PydanticCustomError as error:
            lines.append(InitErrorDetails(type=error, loc=(word,), input=item))
        except ValidationError as error:
            lines += [{**line, "loc": (word, *line["loc"])} for line in relay(error, {})]
    use = None
    try:
        use = check_use(kind, name, rest, known if said else (), alone="like" not in said)
    except ValidationError as error:
        lines += relay(error, {})
    if use is not None and kind == "schedule":
        lines += observing(use, said)
    if lines or use is None:
        raise ValidationError.from_exception_data(name, lines)
    return evolve(use, words=said)


def words(kind: str, name: str) -> list[str]:
    """The words of an entry that the language reads: a schedule of time alone may have arguments of these names."""
    found = list(WORDS.get(kind, {}))
    component = plugins().table()[kind].get(name, (Component, ""))[0]
    return found if kind != "schedule" or issubclass(component, Observing) else ["observe"]


def default(kind: str) -> Use | None:
    """The component of a kind that is taken where a spec names none: the one that says `is_default`."""
    found = (component for component, _ in plugins().table()[kind].values() if getattr(component, "is_default", False))
    component = next(found, None)
    return None if component is None else Use(kind, component.name, component)


_recipes: dict[int, Use] = {}


def remember(component: Any, use: Use) -> None:
    """Know again, for as long as it lives, how a component without given facts was made: a spec then writes it by
    name.
    """
    _recipes[id(component)] = use
    finalize(component, _recipes.pop, id(component), None)


def checked_entry(kind: str, value: Any) -> "Use | Live":
    """One entry on its own; ValidationError with every fault."""
    return TypeAdapter(entry(kind)).validate_python(value)  # type: ignore[no-any-return]


def may_live(kind: str, value: Any) -> bool:
    """Whether a value from Python may stand for a component of a kind."""
    from torch import nn

    return isinstance(value, KINDS[kind]) or (kind in NETWORKS and isinstance(value, nn.Module))


def check_use(kind: str, name: str, arguments: Mapping[str, Any], also: Iterable[str] = (), alone: bool = True) -> Use:
    """The named component with its arguments checked, a weightless one by building it; faults carry the arguments'
    names.

    `also` are further words that would be known here, for suggestions; `alone` says that it needs no given fact that
    it could do without.
    """
    try:
        component = plugins().find(kind, name)
    except LookupError as error:
        message, _, fix = str(error).partition("; ")
        raise ValidationError.from_exception_data(
            name, [InitErrorDetails(type=wrong(message, fix), loc=("use",), input=name)]
        ) from error
    known = [*known_arguments(component), *also]
    checked = checked_model(model_of(component), dict(arguments), known, _spellings(component))
    use = Use(kind, name, component, {key: getattr(checked, key) for key in checked.model_fields_set})
    given = any(p.given and (p.default is REQUIRED or not alone) for p in parameters(component).values())
    if attrs.has(component) and kind != "dataset" and not given:  # outlines build the data sets
        try:
            use.build()
        except ValueError as error:
            raise wrong(str(error)) from error
    return use


def _spellings(component: type[Component]) -> dict[str, str]:
    return {name: spell(parameter.annotation) for name, parameter in parameters(component).items()}


@cache
def model_of(component: type[Component]) -> type[BaseModel]:
    """The pydantic model of a component's constructor, without the given facts."""
    fields: dict[str, Any] = {}
    for name, parameter in parameters(component).items():
        if parameter.given:
            fields[name] = (Annotated[Any, PlainValidator(partial(_given, component, name))], None)
        else:
            fields[name] = (_annotation(parameter), ... if parameter.required else parameter.default)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, protected_namespaces=())
    return create_model(component.name, __config__=config, **fields)


def _given(component: type[Component], name: str, value: Any) -> Any:
    raise wrong(f"'{name}' follows from the data and the flow; a spec cannot state it", "leave it out", key=True)


def _annotation(parameter: Parameter) -> Any:
    if parameter.part:
        inner = Annotated[Any, PlainValidator(partial(_entry, parameter.part.kind, part=True))]
        return inner | None if parameter.part.optional else inner
    if parameter.moves:
        return Annotated[
            strict(parameter.annotation), WrapValidator(partial(number, wanted=spell(parameter.annotation)))
        ]
    return Annotated[strict(parameter.annotation), WrapValidator(_fixed)]


def number(value: Any, check: Check, wanted: str = "number") -> Any:
    """A number, a schedule that moves it, or a schedule's name."""
    if isinstance(value, Use | Live | Ref):
        return value
    if isinstance(value, Mapping) or may_live("schedule", value):
        return _entry("schedule", value)
    if isinstance(value, str) and value.isidentifier():
        return Ref(value, wanted)
    return check(value)


def _fixed(value: Any, check: Check) -> Any:
    if isinstance(value, Mapping) and str(value.get("use")) in plugins().table()["schedule"]:
        raise wrong("is read once, when the component is built, so no schedule can move it", "give it a number")
    return check(value)
