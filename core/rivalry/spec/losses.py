"""The three forms of a loss: an objective of a judge, a penalty of a judge, any other scalar of named tensors."""

from collections.abc import Mapping
from functools import partial
from math import isfinite
from typing import Annotated, Any, Literal

from attrs import frozen
from pydantic import BaseModel, PlainValidator, Strict
from pydantic_core import InitErrorDetails, ValidationError

from rivalry.errors import nearest
from rivalry.interfaces import NetworkPenalty
from rivalry.marks import Ge
from rivalry.spec.schema import check_use, checked_entry, entry, may_live
from rivalry.spec.uses import Live, Use, plain
from rivalry.spec.weights import SidedWeight, Weight
from rivalry.spec.words import brief, checked_model, relay, strict, wrong

Form = Literal["objective", "penalty", "use"]
FORMS: tuple[Form, ...] = ("objective", "penalty", "use")
Texts = str | list[str]
Text = Annotated[str, Strict()]
Expressions = strict(str | list[str], "an expression, or a list of them")
Networks = strict(str | list[str], "a network, or a list of them")


@frozen
class LossEntry:
    """A loss as written: its form, its component, its expressions still as text."""

    form: Form
    use: Use | Live
    weight: Any = 1.0
    every: int = 1
    after: int = 0
    apart: bool = False
    judge: str | None = None
    real: Texts | None = None
    fake: Texts | None = None
    replay: str | None = None
    of: Texts | None = None
    on: Texts | None = None
    trains: Mapping[str, float] | None = None

    def plain(self) -> dict[str, Any]:
        """The entry as it would be written."""
        own = plain(self.use)
        body: dict[str, Any] = dict(own) if self.form == "use" else {self.form: own}
        names = ("judge", "real", "fake", "replay", "of", "on")
        body.update({name: plain(getattr(self, name)) for name in names if getattr(self, name) is not None})
        if self.trains is not None:
            body["trains"] = _trains_plain(self.trains)
        return {**body, "weight": plain(self.weight), "every": self.every, "after": self.after, "apart": self.apart}


def _trains_plain(trains: Mapping[str, float]) -> Any:
    return list(trains) if all(factor == 1 for factor in trains.values()) else dict(trains)


def _factors(value: Any) -> dict[str, float]:
    """`trains` as network -> factor."""
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value, 1.0)
    if not isinstance(value, Mapping):
        raise wrong(f"wanted {_WANTED['trains']}, got {brief(value)}")
    lines = [
        InitErrorDetails(type=wrong(f"wanted number, got {brief(factor)}"), loc=(str(name),), input=factor)
        for name, factor in value.items()
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not isfinite(factor)
    ]
    if lines:
        raise ValidationError.from_exception_data("trains", lines)
    return {str(name): float(factor) for name, factor in value.items()}


Trains = Annotated[Any, PlainValidator(_factors)]


class _Common(BaseModel):
    weight: Weight = 1.0
    every: Annotated[int, Strict(), Ge(1)] = 1
    after: Annotated[int, Strict(), Ge(0)] = 0
    apart: Annotated[bool, Strict()] = False


class _Game(_Common):
    objective: entry("objective")  # type: ignore[valid-type]
    weight: SidedWeight = 1.0
    judge: Text
    real: Expressions  # type: ignore[valid-type]
    fake: Expressions  # type: ignore[valid-type]
    replay: Text | None = None
    trains: Trains | None = None


class _Penalty(_Common):
    penalty: entry("penalty")  # type: ignore[valid-type]
    of: Text | None = None
    on: Networks | None = None  # type: ignore[valid-type]
    judge: Text | None = None
    real: Expressions | None = None  # type: ignore[valid-type]
    fake: Expressions | None = None  # type: ignore[valid-type]


class _Scalar(_Common):
    of: Expressions  # type: ignore[valid-type]
    trains: Trains | None = None


_MODELS: dict[Form, type[_Common]] = {"objective": _Game, "penalty": _Penalty, "use": _Scalar}
_WANTED = {
    "judge": "an expression with one hole, as in D or D(_, label)",
    "real": "an expression, or a list of them",
    "fake": "an expression, or a list of them",
    "of": "an expression, or a list of them",
    "on": "a network, or a list of them",
    "replay": "a layer that keeps samples",
    "trains": "a list of networks, or a mapping of networks to factors",
    "weight": "number or schedule",
    "every": "whole number >= 1",
    "after": "whole number >= 0",
    "apart": "true or false",
}


def loss_entry(value: Any) -> LossEntry:
    """The checked entry of one loss; pydantic's errors say what is wrong with it."""
    if isinstance(value, LossEntry):
        return value
    if not isinstance(value, Mapping):
        raise wrong(f"wanted a mapping with one of {', '.join(FORMS)}, got {brief(value)}")
    forms = [form for form in FORMS if form in value]
    if len(forms) != 1:
        got = " and ".join(forms) if forms else "none"
        words = [key for key in value if key not in _WANTED]
        raise wrong(
            f"wanted exactly one of {', '.join(FORMS)}, got {got}",
            nearest(words[0], FORMS) if words and not forms else "",
        )
    form = forms[0]
    model = _MODELS[form]
    if form != "use":
        checked = checked_model(model, dict(value), list(model.model_fields), _WANTED)
        fields = {name: getattr(checked, name) for name in checked.model_fields_set if name != form}
        if form == "penalty":
            _told(checked)
        return _entry(form, getattr(checked, form), fields)
    own = {key: item for key, item in value.items() if key in model.model_fields}
    rest = {key: item for key, item in value.items() if key not in own and key != "use"}
    lines: list[InitErrorDetails] = []
    results: list[Any] = []
    for attempt in (
        partial(_component, value["use"], rest),
        partial(checked_model, model, own, list(model.model_fields), _WANTED),
    ):
        try:
            results.append(attempt())
        except ValidationError as error:
            lines += relay(error, {})
    if lines:
        raise ValidationError.from_exception_data("loss", lines)
    use, checked = results
    return _entry("use", use, {name: getattr(checked, name) for name in checked.model_fields_set})


def _entry(form: Form, use: Use | Live, fields: dict[str, Any]) -> LossEntry:
    if fields.get("apart") and fields.get("every", 1) == 1:
        fault = wrong("a loss of every step needs no optimizer step of its own", "say how seldom, e.g. every: 16")
        raise ValidationError.from_exception_data(
            "loss", [InitErrorDetails(type=fault, loc=("apart",), input=fields["apart"])]
        )
    return LossEntry(form, use, **fields)


def _told(penalty: Any) -> None:
    """A penalty says what it is of: a game, a judge with its samples, or the networks whose weights it sees."""
    own = [penalty.judge, penalty.real, penalty.fake]
    weights = issubclass(penalty.penalty.component, NetworkPenalty)
    if penalty.on is not None and not weights:
        fix = "write `of: <a loss>`"
        fault = wrong(f"'{penalty.penalty.name}' looks at a judge's scores, not at a network's weights", fix, key=True)
        line = InitErrorDetails(type=fault, loc=("on",), input=penalty.on)
        raise ValidationError.from_exception_data("penalty", [line])
    ways = [penalty.of is not None, penalty.on is not None, own != [None] * 3]
    if sum(ways) != 1 or (ways[2] and None in own):
        given = " and ".join(
            word for word, there in zip(("of", "on", "judge, real or fake"), ways, strict=True) if there
        )
        more = f", or `on: <a network>`, got {given or 'none'}" if weights else ""
        raise wrong(f"wanted either `of: <a loss>` or judge, real and fake{more}")


def _component(name: Any, arguments: dict[str, Any]) -> Use | Live:
    if isinstance(name, str):
        return check_use("loss", name, arguments, _Scalar.model_fields)
    if may_live("loss", name):
        lines = [
            InitErrorDetails(type=wrong("is not known here", nearest(key, _WANTED), key=True), loc=(key,), input=value)
            for key, value in arguments.items()
        ]
        if lines:
            raise ValidationError.from_exception_data("loss", lines)
        return checked_entry("loss", name)
    fault = wrong(f"wanted a loss: a name, got {brief(name)}")
    raise ValidationError.from_exception_data("loss", [InitErrorDetails(type=fault, loc=("use",), input=name)])


Loss = Annotated[Any, PlainValidator(loss_entry)]
