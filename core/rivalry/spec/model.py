"""The spec: a pydantic model of every section, whose validation includes the graph of the game."""

from collections.abc import Mapping
from io import StringIO
from keyword import iskeyword
from pathlib import Path as File
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AllowInfNan,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    Strict,
    ValidationInfo,
    model_validator,
)
from pydantic_core import InitErrorDetails, ValidationError
from ruamel.yaml import YAML

from rivalry.errors import Fault, Path, SpecError
from rivalry.graph.nodes import Graph
from rivalry.marks import Ge, Gt, Interval, Le
from rivalry.spec import sources
from rivalry.spec.losses import Loss
from rivalry.spec.schema import Live, default, entry, plain
from rivalry.spec.tree import Tree
from rivalry.spec.words import brief, checked_model, relay, wrong

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
        wanted = {name: field.description or "another value" for name, field in cls.model_fields.items()}
        return checked_model(handler, dict(value), list(cls.model_fields), wanted)  # type: ignore[no-any-return]


class PlayerEntry(Section):
    """Who moves: `moves` names networks (default: the player's kind), `optimizer` says how."""

    moves: list[Text] | None = Field(None, description="a list of networks")
    optimizer: entry("optimizer") = Field(  # type: ignore[valid-type]
        default_factory=lambda: default("optimizer"), description="an optimizer"
    )


class Train(Section):
    """How long, how much at once, and how a run is kept."""

    steps: Count | None = Field(None, description="whole number > 0")
    epochs: Annotated[Real, Gt(0)] | None = Field(None, description="number > 0")
    batch: Count = Field(64, description="whole number > 0")
    seed: Whole = Field(0, description="whole number >= 0")
    order: list[Text] | None = Field(None, description="a list of players, e.g. [discriminator * 5, generator]")
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
    device: Annotated[str, Strict()] = Field("auto", description="auto, cpu, cuda or cuda:<n>")
    threads: Annotated[Count, Le(1024)] | None = Field(None, description="whole number > 0")


def _word(value: Any) -> str:
    if (
        not isinstance(value, str)
        or not (value.isascii() and value.isidentifier())
        or iskeyword(value)
        or value.startswith("_")
    ):
        raise wrong("wanted a name of letters, digits and underscores that is no Python keyword", key=True)
    return value


Word = Annotated[str, PlainValidator(_word)]


def _named(kind: str) -> Any:
    return dict[Word, entry(kind)]  # type: ignore[misc]


class Spec(Section):
    """An experiment: which networks play, on what data, for which losses, who moves when.

    `Spec.model_validate(mapping)` refuses a bad graph as it refuses a bad number; `Spec.load(path_or_name)` adds the
    file, line and column to every fault.
    """

    rivalry: Annotated[Count, Le(1)] = Field(1, description="1, the version of this language")
    about: str = Field("", description="text")
    paper: str = Field("", description="text")
    data: Annotated[dict[str, Any], PlainValidator(sources.datasets)] = Field(description="a data set")
    latents: _named("latent") = Field({}, description="a mapping of names to latents")  # type: ignore[valid-type]
    generators: _named("generator") = Field({}, description="a mapping of names to generators")  # type: ignore[valid-type]
    discriminators: _named("discriminator") = Field({}, description="a mapping of names to discriminators")  # type: ignore[valid-type]
    encoders: _named("encoder") = Field({}, description="a mapping of names to encoders")  # type: ignore[valid-type]
    layers: _named("layer") = Field({}, description="a mapping of names to layers")  # type: ignore[valid-type]
    flow: dict[Word, Annotated[str, Strict()]] = Field({}, description="a mapping of names to expressions")
    losses: dict[Word, Loss] = Field(description="a mapping of names to losses")
    players: dict[Word, PlayerEntry] = Field({}, description="a mapping of names to players")
    metrics: _named("metric") = Field({}, description="a mapping of names to metrics")  # type: ignore[valid-type]
    train: Train = Field(default_factory=lambda: Train.model_validate({}), description="a mapping of training settings")
    _graph: Graph | None = PrivateAttr(None)
    _tree: Tree | None = PrivateAttr(None)

    @model_validator(mode="wrap")
    @classmethod
    def _with_graph(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        from rivalry.graph.flow import build
        from rivalry.graph.outline import outline

        lines: list[InitErrorDetails] = []
        spec: Self | None = None
        try:
            spec = handler(value)
        except ValidationError as error:
            lines += relay(error, {})
        if isinstance(value, Mapping) or spec is not None:
            fields = (info.context or {}).get("fields")
            graph, faults = build(outline(spec if spec is not None else value, fields))
            covered = {line["loc"] for line in lines}
            lines += [_line(fault) for fault in faults if fault.path not in covered]
            if spec is not None:
                spec._graph = graph
        if lines or spec is None:
            raise ValidationError.from_exception_data("spec", lines)
        return spec

    @property
    def graph(self) -> Graph:
        """The checked game."""
        if self._graph is None:
            raise RuntimeError("a spec is validated before its graph is asked for")
        return self._graph

    @classmethod
    def of(cls, tree: Tree, fields: Any = None) -> "Spec":
        """Check a tree; SpecError with every fault and its place. `fields` stand in for data that is not there."""
        found = list(tree.faults)
        try:
            spec = cls.model_validate(tree.value, context={"fields": fields})
        except ValidationError as error:
            unread = {fault.path for fault in found}
            found += [fault for fault in faults(error) if fault.path not in unread]
        if found:
            raise SpecError(tree.placed(found))
        spec._tree = tree
        return spec

    def origin(self, path: Path) -> str:
        """Where the value at a path was written, as file:line, or "" for a spec that came from Python."""
        place = self._tree.place(path) if self._tree else None
        return f"{File(place.file).name}:{place.line}" if place and place.line else ""

    def fail(self, faults: list[Fault]) -> SpecError:
        """The error of faults found after validation, with their places."""
        return SpecError(self._tree.placed(faults) if self._tree else faults)

    @classmethod
    def load(cls, source: Any, settings: list[str] | None = None) -> "Spec":
        """Check the spec at a path, or of a shipped name, with `path=value` settings laid over it."""
        from rivalry.spec.load import tree_of

        return cls.of(tree_of(source, settings or []))

    def plain(self, live: bool = False) -> dict[str, Any]:
        """The spec with every default filled in, as plain values; with `live`, objects handed in stay as they are."""
        body: dict[str, Any] = {"rivalry": 1}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name == "rivalry" or value in ("", {}):
                continue
            if name == "data" and set(value) == {""}:
                value = value[""]
            body[name] = _plain(value, live)
        graph = self.graph
        body["players"] = {
            player.name: {"moves": list(player.networks), "optimizer": _plain(player.optimizer, live)}
            for player in graph.players.values()
        }
        return body

    def yaml(self) -> str:
        """The spec with every default filled in, as text that loads again."""
        writer, text = YAML(), StringIO()
        writer.default_flow_style = None
        writer.width = 4096
        writer.dump(self.plain(), text)
        return text.getvalue()


def _plain(value: Any, live: bool) -> Any:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        said = {name: item for name, item in value if item is not None or fields[name].default is not None}
        return {name: _plain(item, live) for name, item in said.items()}
    if isinstance(value, Mapping):
        return {name: _plain(item, live) for name, item in value.items()}
    if live and isinstance(value, Live):
        return value
    return value.plain() if hasattr(value, "plain") else plain(value)


def _line(fault: Fault) -> InitErrorDetails:
    error = wrong(fault.message, fault.fix, fault.at_key, fault.offset)
    return InitErrorDetails(type=error, loc=fault.path, input=None)


def faults(error: ValidationError) -> list[Fault]:
    """Pydantic's errors as faults."""
    found = []
    for line in relay(error, {}):
        context = line["type"].context or {}  # type: ignore[union-attr]
        loc = tuple(line.get("loc", ()))
        if len(loc) > 1 and loc[0] == "data" and loc[1] == "":
            loc = (loc[0], *loc[2:])
        found.append(Fault(loc, context["message"], context["fix"], offset=context["offset"], at_key=context["key"]))
    return found
