"""Pydantic types made from constructors: a spec entry is checked against the component it names."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from attrs import evolve, field, frozen
from pydantic import AllowInfNan, BaseModel, ConfigDict, PlainValidator, Strict, TypeAdapter, ValidationError, WrapValidator, create_model
from pydantic_core import InitErrorDetails, PydanticCustomError

from rivalry.errors import nearest
from rivalry.fields import Field
from rivalry.interfaces import KINDS, Component
from rivalry.plugins import plugins
from rivalry.signature import REQUIRED, Parameter, parameters, spell

Check = Callable[[Any], Any]


def wrong(message: str, fix: str = "", key: bool = False, offset: int = 0) -> PydanticCustomError:
    """A fault as pydantic carries it; `offset` is its position inside a text."""
    return PydanticCustomError("rivalry", "{message}", {"message": message, "fix": fix, "key": key, "offset": offset})


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
        return self.component(**self.resolved(), **{k: v for k, v in given.items() if k in parameters(self.component)})

    def resolved(self) -> dict[str, Any]:
        """The arguments with their parts built (or bound, where facts are still to come)."""
        signature, done = parameters(self.component), {}
        for name, value in self.arguments.items():
            part = signature[name].part
            if isinstance(value, Use):
                done[name] = partial(value.component, **value.resolved()) if part and part.curried else value.build()
            else:
                done[name] = value
        return done

    def plain(self) -> Any:
        """The entry as it would be written, every default filled in."""
        filled = {n: p.default for n, p in parameters(self.component).items() if not p.given and p.default is not REQUIRED}
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
        return value.name
    if isinstance(value, Component):
        return {"use": value.name}
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
        if _may_live(kind, value):
            return Live(kind, value)
        raise wrong(f"wanted a {kind}: a name or {{use: name, ...}}, got {_brief(value)}")
    name = value.get("use")
    if not isinstance(name, str):
        fix = "a live object must be handed in again from Python" if "live" in value else "write {use: name, ...}"
        raise wrong(f"names no {kind}", fix)
    rest = {key: item for key, item in value.items() if key != "use"}
    if kind in NETWORKS and "output" in rest:
        try:
            output = _output(rest.pop("output"))
        except PydanticCustomError as error:
            raise ValidationError.from_exception_data(name, [InitErrorDetails(type=error, loc=("output",), input=value)]) from error
        return evolve(check_use(kind, name, rest), output=output)
    return check_use(kind, name, rest)


NETWORKS = ("generator", "discriminator", "encoder", "layer")


def _output(value: Any) -> Field:
    sizes = [value] if isinstance(value, int) else value
    if not isinstance(sizes, list | tuple) or not all(type(size) is int and size > 0 for size in sizes):
        raise wrong(f"wanted a shape for output, got {_brief(value)}", "e.g. output: [3, 64, 64]")
    return Field(tuple(sizes))


def checked_entry(kind: str, value: Any) -> "Use | Live":
    """One entry on its own; ValidationError with every fault."""
    return TypeAdapter(entry(kind)).validate_python(value)  # type: ignore[no-any-return]


def _may_live(kind: str, value: Any) -> bool:
    from torch import nn

    return isinstance(value, KINDS[kind]) or (kind in NETWORKS and isinstance(value, nn.Module))


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def check_use(kind: str, name: str, arguments: Mapping[str, Any]) -> Use:
    """The named component with its arguments checked; pydantic's errors carry the arguments' names as locations."""
    try:
        component = plugins().find(kind, name)
    except LookupError as error:
        message, _, fix = str(error).partition("; ")
        raise ValidationError.from_exception_data(
            name, [InitErrorDetails(type=wrong(message, fix), loc=("use",), input=name)]
        ) from error
    checked = checked_model(model_of(component), dict(arguments), known_arguments(component), _spellings(component))
    return Use(kind, name, component, {key: getattr(checked, key) for key in checked.model_fields_set})


def _spellings(component: type[Component]) -> dict[str, str]:
    return {name: spell(parameter.annotation) for name, parameter in parameters(component).items()}


Validate = Callable[[dict[str, Any]], Any]


def checked_model(
    model: "type[BaseModel] | Validate", values: dict[str, Any], known: list[str], spellings: Mapping[str, str]
) -> Any:
    """Validate values, with every fault in words: unknown keys with the nearest known one, and what was wanted."""
    validate: Validate = model.model_validate if isinstance(model, type) else model
    lines = [
        InitErrorDetails(type=wrong("is not known here", nearest(key, known), key=True), loc=(key,), input=value)
        for key, value in values.items()
        if key not in known and not (isinstance(model, type) and key in model.model_fields)
    ]
    unknown = {line["loc"][0] for line in lines}  # type: ignore[typeddict-item]
    try:
        checked = validate({key: value for key, value in values.items() if key not in unknown})
    except ValidationError as error:
        raise ValidationError.from_exception_data(error.title, lines + relay(error, spellings)) from error
    if lines:
        raise ValidationError.from_exception_data("entry", lines)
    return checked


def relay(error: ValidationError, spellings: Mapping[str, str]) -> list[InitErrorDetails]:
    """Pydantic's errors as ours: one per place, saying what was wanted and what was got."""
    lines: dict[tuple[int | str, ...], InitErrorDetails] = {}
    for found in error.errors():
        location = tuple(part for part in found["loc"] if part != "[key]")  # pydantic's mark of a fault in a key
        if found["type"] == "rivalry":
            fault = wrong(**found["ctx"])
        elif found["type"] == "missing":
            fault = wrong(f"is missing; wanted {spellings.get(str(location[0]), 'a value')}")
        elif found["type"] == "value_error":
            fault = wrong(str(found["ctx"]["error"]))
        else:
            fault = wrong(f"wanted {spellings.get(str(location[0]), found['msg']) if location else found['msg']}, got {_brief(found['input'])}")
        lines.setdefault(location, InitErrorDetails(type=fault, loc=location, input=found["input"]))
    return list(lines.values())


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


def number(value: Any, check: Callable[[Any], Any]) -> Any:
    """A number, or a schedule that moves it."""
    if isinstance(value, Mapping) or _may_live("schedule", value):
        return _entry("schedule", value)
    return check(value)


def _fixed(value: Any, check: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping) and "use" in value and value["use"] in plugins().table()["schedule"]:
        raise wrong("is read once, when the component is built, so no schedule can move it", "give it a number")
    return check(value)


def strict(annotation: Any, wanted: str = "") -> Any:
    """The same type without pydantic's conversions (no text for a number, no true for a 1), saying what was wanted."""
    return Annotated[_bare(annotation), WrapValidator(partial(_worded, wanted or spell(annotation), _is_union(annotation)))]


def _is_union(annotation: Any) -> bool:
    origin, arguments = get_origin(annotation), get_args(annotation)
    return _is_union(arguments[0]) if origin is Annotated else origin in (Union, UnionType)


def _bare(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is float:
        return Annotated[float, Strict(), AllowInfNan(False)]
    if annotation in (int, bool, str):
        return Annotated[annotation, Strict()]
    if origin is Annotated:
        inner, *marks = arguments
        return Annotated[(_bare(inner), *marks)]  # type: ignore[return-value]
    if origin in (Union, UnionType):
        return Union[tuple(strict(arm) for arm in arguments)]  # noqa: UP007
    if origin in (tuple, list, dict):
        return origin[tuple(strict(arm) if arm is not Ellipsis else arm for arm in arguments)]
    return annotation


def _worded(wanted: str, whole: bool, value: Any, check: Check) -> Any:
    """What was wanted and got: of the part at fault, or, where several types would do or a part is missing, of the `whole`."""
    try:
        return check(value)
    except ValidationError as error:
        if whole or any(not line["loc"] or line["type"] == "missing" for line in error.errors()):
            if all(line["type"] != "rivalry" for line in error.errors()) or whole:
                raise wrong(f"wanted {wanted}, got {_brief(value)}") from error
        raise


def known_arguments(component: type[Component]) -> list[str]:
    """The names a spec may state."""
    return [name for name, parameter in parameters(component).items() if not parameter.given]
