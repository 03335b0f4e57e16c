"""Pydantic's checks in this language's words: nothing is converted, every fault says what was wanted and got."""

from collections.abc import Callable, Mapping
from functools import partial
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AllowInfNan, BaseModel, Strict, ValidationError, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError

from rivalry.errors import nearest
from rivalry.signature import spell

Check = Callable[[Any], Any]
WORDS = {"string_type": "text", "bool_type": "true or false", "list_type": "a list", "dict_type": "a mapping"}


def wrong(message: str, fix: str = "", key: bool = False, offset: int = 0) -> PydanticCustomError:
    """A fault as pydantic carries it; `offset` is its position inside a text."""
    return PydanticCustomError("rivalry", "{message}", {"message": message, "fix": fix, "key": key, "offset": offset})


def brief(value: Any) -> str:
    """A value as a message shows it."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


Validate = Callable[[dict[str, Any]], Any]


def checked_model(
    model: "type[BaseModel] | Validate", values: dict[str, Any], known: list[str], spellings: Mapping[str, str]
) -> Any:
    """Validate values, with every fault in words: unknown keys with the nearest known one, and what was wanted."""
    validate: Validate = getattr(model, "model_validate", model)
    checked_keys = {*known, *getattr(model, "model_fields", ())}
    lines = [
        InitErrorDetails(type=wrong("is not known here", nearest(key, known), key=True), loc=(str(key),), input=value)
        for key, value in values.items()
        if key not in checked_keys
    ]
    try:
        checked = validate({key: value for key, value in values.items() if key in checked_keys})
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
            wanted = WORDS.get(found["type"], found["msg"])
            if len(location) == 1:
                wanted = spellings.get(str(location[0]), wanted)
            fault = wrong(f"wanted {wanted}, got {brief(found['input'])}")
        lines.setdefault(location, InitErrorDetails(type=fault, loc=location, input=found["input"]))
    return list(lines.values())


def strict(annotation: Any, wanted: str = "") -> Any:
    """The same type without pydantic's conversions (no text for a number, no true for a 1), saying what was wanted."""
    worded = partial(_worded, wanted or spell(annotation), _is_union(annotation))
    return Annotated[_bare(annotation), WrapValidator(worded)]


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
        return Annotated[(_bare(inner), *marks)]
    if origin in (Union, UnionType):
        return Union[tuple(strict(arm) for arm in arguments)]  # noqa: UP007
    if origin in (tuple, list, dict):
        return origin[tuple(strict(arm) if arm is not Ellipsis else arm for arm in arguments)]
    return annotation


def _worded(wanted: str, whole: bool, value: Any, check: Check) -> Any:
    """What was wanted and got: of the part at fault, or of the `whole` where a part is missing or types vary."""
    try:
        return check(value)
    except ValidationError as error:
        if whole or any(not line["loc"] or line["type"] == "missing" for line in error.errors()):
            raise wrong(f"wanted {wanted}, got {brief(value)}") from error
        raise
