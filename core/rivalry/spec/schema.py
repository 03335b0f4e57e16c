"""Pydantic types made from constructors: a spec entry is checked against the component it names."""

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Annotated, Any
from weakref import finalize

import attrs
from attrs import evolve, field, frozen
from pydantic import BaseModel, ConfigDict, PlainValidator, TypeAdapter, ValidationError, WrapValidator, create_model
from pydantic_core import InitErrorDetails, PydanticCustomError

from rivalry.fields import Field
from rivalry.interfaces import KINDS, Component
from rivalry.plugins import plugins
from rivalry.signature import REQUIRED, Parameter, parameters, spell
from rivalry.spec.words import Check, brief, checked_model, strict, wrong


@frozen
class Use:
    """A component by name, with checked arguments; `build` makes it."""

    kind: str
    name: str
    component: type[Component]
    arguments: Mapping[str, Any] = field(factory=dict)
    output: Field | None = None
    """What `output:` says of a network's output, in place of the facts."""

    def build(self, **given: Any) -> Any:
        """Make the component, with the facts that it is given; ValueError from its constructor passes through."""
        wanted = {name for name, parameter in parameters(self.component).items() if parameter.given}
        return self.component(**self.resolved(), **{name: fact for name, fact in given.items() if name in wanted})

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
        filled = {
            n: p.default for n, p in parameters(self.component).items() if not p.given and p.default is not REQUIRED
        }
        filled = {**filled, **self.arguments}
        body = {name: plain(value) for name, value in filled.items() if plain(value) is not _UNWRITTEN}
        if self.output is not None:
            body["output"] = list(self.output.shape)
        return {"use": self.name, **body}


_UNWRITTEN = object()


def plain(value: Any) -> Any:
    """A checked value as plain YAML."""
    if isinstance(value, Use):
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


def entry(kind: str) -> Any:
    """The pydantic type of a spec entry of one kind."""
    return Annotated[Any, PlainValidator(partial(_entry, kind))]


def _entry(kind: str, value: Any) -> "Use | Live":
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
    if kind in NETWORKS and "output" in rest:
        try:
            output = _output(rest.pop("output"))
        except PydanticCustomError as error:
            line = InitErrorDetails(type=error, loc=("output",), input=value)
            raise ValidationError.from_exception_data(name, [line]) from error
        return evolve(check_use(kind, name, rest), output=output)
    return check_use(kind, name, rest)


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


NETWORKS = ("generator", "discriminator", "encoder", "layer")


def _output(value: Any) -> Field:
    sizes = [value] if isinstance(value, int) else value
    if not isinstance(sizes, list | tuple) or not all(type(size) is int and size > 0 for size in sizes):
        raise wrong(f"wanted a shape for output, got {brief(value)}", "e.g. output: [3, 64, 64]")
    return Field(tuple(sizes))


def checked_entry(kind: str, value: Any) -> "Use | Live":
    """One entry on its own; ValidationError with every fault."""
    return TypeAdapter(entry(kind)).validate_python(value)  # type: ignore[no-any-return]


def may_live(kind: str, value: Any) -> bool:
    """Whether a value from Python may stand for a component of a kind."""
    from torch import nn

    return isinstance(value, KINDS[kind]) or (kind in NETWORKS and isinstance(value, nn.Module))


def check_use(kind: str, name: str, arguments: Mapping[str, Any], also: Iterable[str] = ()) -> Use:
    """The named component with its arguments checked, a weightless one by building it; faults carry the arguments'
    names.

    `also` are further words that would be known here, for suggestions.
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
    given = any(parameter.given for parameter in parameters(component).values())
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
        inner = entry(parameter.part.kind)
        return inner | None if parameter.part.optional else inner
    if parameter.moves:
        return Annotated[strict(parameter.annotation), WrapValidator(number)]
    return Annotated[strict(parameter.annotation), WrapValidator(_fixed)]


def number(value: Any, check: Check) -> Any:
    """A number, or a schedule that moves it."""
    if isinstance(value, Mapping) or may_live("schedule", value):
        return _entry("schedule", value)
    return check(value)


def _fixed(value: Any, check: Check) -> Any:
    if isinstance(value, Mapping) and str(value.get("use")) in plugins().table()["schedule"]:
        raise wrong("is read once, when the component is built, so no schedule can move it", "give it a number")
    return check(value)


def known_arguments(component: type[Component]) -> list[str]:
    """The names a spec may state."""
    return [name for name, parameter in parameters(component).items() if not parameter.given]
