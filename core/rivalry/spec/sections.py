"""The sections of a spec with fixed keys: players, stages, training settings, pass lines."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    Strict,
    TypeAdapter,
    model_validator,
)

from rivalry.marks import Ge, Gt, Interval, Le
from rivalry.spec.losses import Expressions, Loss
from rivalry.spec.schema import checked_entry, default, entry
from rivalry.spec.sources import datasets
from rivalry.spec.words import brief, checked_model, wrong

Count = Annotated[int, Strict(), Gt(0)]
Whole = Annotated[int, Strict(), Ge(0)]
Real = Annotated[float, Strict(), AllowInfNan(False)]
Text = Annotated[str, Strict()]


class Section(BaseModel):
    """A mapping of the spec with fixed keys."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @model_validator(mode="wrap")
    @classmethod
    def _in_words(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            raise wrong(f"wanted a mapping of {', '.join(cls.model_fields)}, got {brief(value)}")
        wanted = {f.alias or name: f.description or "another value" for name, f in cls.model_fields.items()}
        return checked_model(handler, dict(value), list(wanted), wanted)  # type: ignore[no-any-return]


def _order(value: Any) -> Any:
    """A list of players, or an order by name or by mapping."""
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            if not isinstance(item, str):
                raise wrong(f"wanted a player, or player * turns, got {item!r} at {index}")
        return list(value)
    return checked_entry("order", value)


Order = Annotated[Any, PlainValidator(_order)]


def _kept(value: Any) -> Any:
    """A stage's losses: those of the list, or a mapping in place of the outer ones."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    if not isinstance(value, Mapping):
        raise wrong(f"wanted a list of losses, or a mapping of names to losses, got {brief(value)}")
    return TypeAdapter(dict[str, Loss]).validate_python(dict(value))


def _players(value: Any) -> Any:
    return value if isinstance(value, bool) else TypeAdapter(list[Text]).validate_python(value)


class PlayerEntry(Section):
    """Who moves: `moves` names networks (default: the player's kind), `optimizer` says how."""

    moves: list[Text] | None = Field(None, description="a list of networks")
    optimizer: entry("optimizer") = Field(  # type: ignore[valid-type]
        default_factory=lambda: default("optimizer"), description="an optimizer"
    )
    when: Text | None = Field(None, description="a comparison of losses, e.g. game.discriminator > 0.28")


class Train(Section):
    """How long, how much at once, and how a run is kept."""

    steps: Count | None = Field(None, description="whole number > 0")
    epochs: Annotated[Real, Gt(0)] | None = Field(None, description="number > 0")
    batch: Count = Field(64, description="whole number > 0")
    seed: Whole = Field(0, description="whole number >= 0")
    order: Order | None = Field(None, description="a list of players, e.g. [discriminator * 5, generator], or an order")
    fakes: Literal["shared", "fresh"] = Field("shared", description="one of 'shared', 'fresh'")
    ema: Annotated[Real, Interval(ge=0, lt=1)] | None = Field(0.999, description="number >= 0 and < 1")
    precision: Literal["float32", "bf16"] = Field("float32", description="one of 'float32', 'bf16'")
    compile: Annotated[bool, Strict()] = Field(False, description="true or false")
    channels_last: Annotated[bool, Strict()] = Field(True, description="true or false")
    log_every: Count = Field(50, description="whole number > 0")
    sample_every: Count = Field(500, description="whole number > 0")
    evaluate_every: Count | None = Field(None, description="whole number > 0")
    checkpoint_every: Count = Field(500, description="whole number > 0")
    keep: Count = Field(2, description="whole number > 0")
    keep_best: Text | None = Field(None, description="a metric, or metric.part")
    device: Annotated[str, Strict()] = Field("auto", description="auto, cpu, cuda or cuda:<n>")
    threads: Annotated[Count, Le(1024)] | None = Field(None, description="whole number > 0")


class Bound(Section):
    """A pass line of a metric, calibrated once and then frozen."""

    at_least: Real | None = Field(None, description="number")
    at_most: Real | None = Field(None, description="number")

    def verdict(self, value: float) -> str:
        """Whether a value passes, in words."""
        bounds = ((">=", self.at_least), ("<=", self.at_most))
        said = " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)
        return f"{said}: {'passed' if self.passed(value) else 'missed'}"

    def passed(self, value: float) -> bool:
        """Whether a value lies within both bounds; one that is not a number does not."""
        low, high = self.at_least, self.at_most
        return (low is None or value >= low) and (high is None or value <= high) and value == value


class Stage(Section):
    """One part of a training that unfolds; what it does not say is as outside.

    `losses`, `order` and `players` replace the outer ones (a list of names keeps those losses), `data` and `batch` too.
    On entry, in this order: `copy` takes weights of equal names and shapes over (target: source), `fit` sets a layer's
    state from data, `reset_optimizer` forgets optimiser states (true: all). `freeze` names networks that rest.
    """

    name: Text = Field(description="a name")
    steps: Count | None = Field(None, description="whole number > 0")
    epochs: Annotated[Real, Gt(0)] | None = Field(None, description="number > 0")
    batch: Count | None = Field(None, description="whole number > 0")
    data: Annotated[Any, PlainValidator(datasets)] = Field(None, description="a data set")
    losses: Annotated[Any, PlainValidator(_kept)] = Field(None, description="a list of losses, or a mapping of them")
    order: Order | None = Field(None, description="a list of players, or an order")
    players: dict[str, PlayerEntry] | None = Field(None, description="a mapping of names to players")
    freeze: list[Text] = Field([], description="a list of networks")
    copies: dict[str, Text] = Field(
        {}, alias="copy", description="a mapping of networks to the networks that they are copied from"
    )
    fit: dict[str, Expressions] = Field({}, description="a mapping of layers to expressions")  # type: ignore[valid-type]
    reset_optimizer: Annotated[Any, PlainValidator(_players)] = Field(False, description="true, or a list of players")
