"""What may stand for a loss's weight: a number, one that moves, one for each side, or one that follows gradients."""

from collections.abc import Mapping
from typing import Annotated, Any

from attrs import frozen
from pydantic import PlainValidator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from rivalry.errors import nearest
from rivalry.plugins import plugins
from rivalry.spec.schema import checked_entry, number
from rivalry.spec.uses import Live, Ref, Use, plain
from rivalry.spec.words import brief, wrong

SIDES = ("generator", "discriminator")


@frozen
class TwoSided:
    """A weight for each side of a game."""

    generator: "float | Use | Live | Ref" = 1.0
    discriminator: "float | Use | Live | Ref" = 1.0

    def plain(self) -> dict[str, Any]:
        """As it is written."""
        return {side: plain(getattr(self, side)) for side in SIDES}


def weight(value: Any, sides: bool) -> Any:
    """The checked weight of a loss; `sides` for a game, whose sides may have weights of their own."""
    if isinstance(value, TwoSided):
        return value
    if isinstance(value, Mapping) and "use" not in value:
        if not sides:
            raise wrong("only an objective has two sides to weigh", "give it one number")
        lines: list[InitErrorDetails] = []
        for side, item in value.items():
            try:
                if side not in SIDES:
                    raise wrong("is not known here", nearest(str(side), sorted(SIDES)), key=True)
                _moving(item)
            except PydanticCustomError as error:
                lines.append(InitErrorDetails(type=error, loc=(str(side),), input=item))
        if lines or not value:
            raise ValidationError.from_exception_data("weight", lines)
        return TwoSided(**{side: _moving(item) for side, item in value.items()})
    if isinstance(value, Mapping) and value.get("use") in plugins().table()["weight"]:
        use = checked_entry("weight", value)
        if isinstance(use, Use) and "at" not in use.words:
            raise wrong(f"'{use.name}' follows gradients and must say by which parameters", "e.g. at: G.last")
        if isinstance(use, Use) and "of" not in use.words:
            raise wrong(f"'{use.name}' follows other losses and must say which", "e.g. of: [content]")
        return use
    return _moving(value)


def _moving(value: Any) -> Any:
    return number(value, _fixed)


def _fixed(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
        raise wrong(f"wanted number, schedule or weight, got {brief(value)}")
    return float(value)


Weight = Annotated[Any, PlainValidator(lambda value: weight(value, sides=False))]
SidedWeight = Annotated[Any, PlainValidator(lambda value: weight(value, sides=True))]
