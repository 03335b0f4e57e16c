"""The spec: a pydantic model of every section, whose validation includes the graph of the game."""

from collections.abc import Mapping
from io import StringIO
from keyword import iskeyword
from pathlib import Path as File
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field, ModelWrapValidatorHandler, PlainValidator, PrivateAttr, Strict, ValidationInfo
from pydantic import model_validator as validator
from pydantic_core import InitErrorDetails, ValidationError
from ruamel.yaml import YAML

from rivalry.errors import Fault, Path, SpecError
from rivalry.graph.nodes import Graph, Player
from rivalry.marks import Le
from rivalry.spec import sources
from rivalry.spec.losses import Loss
from rivalry.spec.schema import entry
from rivalry.spec.sections import Bound, Count, PlayerEntry, Section, Stage, Text, Train
from rivalry.spec.tree import Tree
from rivalry.spec.uses import Live, plain
from rivalry.spec.words import relay, wrong
from rivalry.streams import seed_of


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


def named(kind: str) -> Any:
    """The type of a section: names, and what each of them uses."""
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
    latents: named("latent") = Field({}, description="a mapping of names to latents")  # type: ignore[valid-type]
    generators: named("generator") = Field({}, description="a mapping of names to generators")  # type: ignore[valid-type]
    discriminators: named("discriminator") = Field({}, description="a mapping of names to discriminators")  # type: ignore[valid-type]
    encoders: named("encoder") = Field({}, description="a mapping of names to encoders")  # type: ignore[valid-type]
    layers: named("layer") = Field({}, description="a mapping of names to layers")  # type: ignore[valid-type]
    augments: named("augment") = Field({}, description="a mapping of names to augments")  # type: ignore[valid-type]
    schedules: named("schedule") = Field({}, description="a mapping of names to schedules")  # type: ignore[valid-type]
    flow: dict[Word, Annotated[str, Strict()]] = Field({}, description="a mapping of names to expressions")
    losses: dict[Word, Loss] = Field(description="a mapping of names to losses")
    players: dict[Word, PlayerEntry] = Field({}, description="a mapping of names to players")
    stages: list[Stage] = Field([], description="a list of stages")
    sample: Text | None = Field(None, description="a tensor of the flow")
    sampler: entry("sampler") = Field(None, description="a sampler")  # type: ignore[valid-type]
    metrics: named("metric") = Field({}, description="a mapping of names to metrics")  # type: ignore[valid-type]
    accept: dict[str, Bound] = Field({}, description="a mapping of metrics to at_least or at_most")
    train: Train = Field(default_factory=lambda: Train.model_validate({}), description="a mapping of training settings")
    _graphs: list[Graph] = PrivateAttr(default_factory=list)
    _whole: list[Graph] = PrivateAttr(default_factory=list)
    _stage: str = PrivateAttr("")
    _tree: Tree | None = PrivateAttr(None)

    @validator(mode="wrap")
    @classmethod
    def _with_graph(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        from rivalry.graph.stages import graphs

        lines: list[InitErrorDetails] = []
        spec: Self | None = None
        try:
            spec = handler(value)
        except ValidationError as error:
            lines += relay(error, {})
        if isinstance(value, Mapping) or spec is not None:
            fields = (info.context or {}).get("fields")
            found, faults = graphs(spec if spec is not None else value, fields)
            covered = {line["loc"] for line in lines}
            lines += [_line(fault) for fault in faults if fault.path not in covered]
            if spec is not None:
                spec._graphs = found
        if lines or spec is None:
            raise ValidationError.from_exception_data("spec", lines)
        return spec

    @property
    def graph(self) -> Graph:
        """The checked game; of a spec with stages, the last one's."""
        if not self._graphs:
            raise RuntimeError("a spec is validated before its graph is asked for")
        return self._graphs[-1]

    def games(self) -> "list[Spec]":
        """The games that are played in turn: one for each stage, or this one alone."""
        if not self.stages:
            return [self]
        found = []
        for stage, graph in zip(self.stages, self._graphs, strict=True):
            train = {key: item for key in ("steps", "epochs", "batch", "order") if (item := getattr(stage, key))}
            own: dict[str, Any] = {
                "losses": {name: self.losses[name] for name in stage.losses} if isinstance(stage.losses, list)
                else stage.losses or self.losses,
                "players": self.players if stage.players is None else stage.players,
                "data": stage.data or self.data,
                "stages": [],
                "train": self.train.model_copy(update=train),
            }  # fmt: skip
            game = self.model_copy(update=own)
            game._graphs, game._whole, game._tree, game._stage = [graph], self._graphs, self._tree, stage.name
            found.append(game)
        return found

    @property
    def whole(self) -> list[Graph]:
        """The graphs of all games of the spec that this is, or that this is a stage of."""
        return self._whole or self._graphs

    @property
    def stream_seed(self) -> int:
        """The seed of this game's streams: every stage draws its own numbers."""
        return seed_of(self.train.seed, "stage", self._stage) if self._stage else self.train.seed

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
            if name == "rivalry" or value in ("", {}, [], None):
                continue
            if name == "data" and set(value) == {""}:
                value = value[""]
            body[name] = _plain(value, live)
        if not self.stages:  # in stages, who moves differs from one to the next
            body["players"] = {player.name: _player(player, live) for player in self.graph.players.values()}
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
        return {fields[name].alias or name: _plain(item, live) for name, item in said.items()}
    if isinstance(value, list):
        return [_plain(item, live) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item, live) for name, item in value.items()}
    if live and isinstance(value, Live):
        return value
    return value.plain() if hasattr(value, "plain") else plain(value)


def _player(player: Player, live: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"moves": list(player.networks), "optimizer": _plain(player.optimizer, live)}
    return body if player.when is None else {**body, "when": player.when.text}


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
