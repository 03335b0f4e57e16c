"""What the graph needs of a spec, read tolerantly, so that flow faults show beside faults of the fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field
from pydantic_core import PydanticCustomError, ValidationError

from rivalry.errors import Fault, Path, nearest
from rivalry.fields import Field
from rivalry.spec.losses import LossEntry, loss_entry
from rivalry.spec.schema import Live, Use, checked_entry

SECTIONS = {"generators": "generator", "discriminators": "discriminator", "encoders": "encoder", "layers": "layer"}


@define
class Outline:
    """The names of a spec and what they stand for; `None` where an entry is itself at fault.

    `fields` maps "x" or "horse" and "horse.label" to facts; it is None when the data section is at fault, so that no
    name is called unknown for that reason alone.
    """

    fields: dict[str, Field] | None = None
    latents: dict[str, Use | Live | None] = field(factory=dict)
    networks: dict[str, tuple[str, Use | Live | None]] = field(factory=dict)
    flow: dict[str, Any] = field(factory=dict)
    augments: dict[str, Use | Live | None] = field(factory=dict)
    schedules: dict[str, Use | Live | None] = field(factory=dict)
    losses: dict[str, Any] = field(factory=dict)
    players: dict[str, tuple[list[str] | None, Any, Any]] = field(factory=dict)
    order: Any = None
    metrics: dict[str, Any] = field(factory=dict)
    accept: list[str] = field(factory=list)
    best: str | None = None
    """The number by which the best checkpoint is kept."""
    evaluates: bool = False
    sample: Any = None
    frozen: list[str] = field(factory=list)
    stage: Path = ()
    """Where the stage stands whose game this is; () for a spec without stages."""
    own: frozenset[str] = frozenset()
    """What the stage says itself, of losses, players and order."""
    faults: list[Fault] = field(factory=list)

    def term(self, loss: str, key: str, default: Any = None) -> Any:
        """A key of a loss, whether the loss was checked or is still plain."""
        entry = self.losses[loss]
        return getattr(entry, key) if isinstance(entry, LossEntry) else entry.get(key, default)

    def at(self, section: str, *rest: int | str) -> Path:
        """The path of a section's entry, in the stage where that says the section itself."""
        if section not in self.own:
            return ("train", section, *rest) if section == "order" else (section, *rest)
        return (*self.stage, section, *rest)

    def form(self, loss: str) -> str | None:
        """objective, penalty or use; None where the loss does not say."""
        entry = self.losses[loss]
        if isinstance(entry, LossEntry):
            return entry.form
        return next((form for form in ("objective", "penalty", "use") if form in entry), None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def get(source: Any, name: str) -> Any:
    """A section of a checked spec or of a plain mapping."""
    if source is None:
        return None
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _entry(kind: str, value: Any) -> Use | Live | None:
    try:
        return checked_entry(kind, value)
    except (ValidationError, PydanticCustomError):
        return None


def _loss(value: Any) -> LossEntry | Mapping[str, Any]:
    try:
        return loss_entry(value)
    except (ValidationError, PydanticCustomError):
        return _mapping(value)


def outline(source: Any, fields: dict[str, Field] | None = None, stage: Any = None, at: Path = ()) -> Outline:
    """The outline of a checked spec or of a plain mapping, or of one of its stages.

    `fields` stand in for data that is not there.
    """
    own = frozenset(word for word in ("losses", "players", "order") if get(stage, word) is not None)
    result = Outline(stage=at, own=own - {"losses"} if isinstance(get(stage, "losses"), list) else own)
    if fields is None:
        _read_data(get(stage, "data") or get(source, "data"), result)
    else:
        result.fields = fields
    taken = dict.fromkeys(result.fields or {}, "data field")

    def entries(section: str, kind: str) -> dict[str, Use | Live | None]:
        return {name: _entry(kind, value) for name, value in _named(source, section, kind, taken, result)}

    result.latents = entries("latents", "latent")
    for section, kind in SECTIONS.items():
        result.networks |= {name: (kind, use) for name, use in entries(section, kind).items()}
    result.augments, result.schedules = entries("augments", "augment"), entries("schedules", "schedule")
    result.flow = dict(_named(source, "flow", "tensor of the flow", taken, result))
    result.losses = _losses(_mapping(get(source, "losses")), get(stage, "losses"), result)
    for name, player in _mapping(get(stage if "players" in own else source, "players")).items():
        moves = get(player, "moves")
        moves = moves if isinstance(moves, list) else None
        result.players[str(name)] = moves, get(player, "optimizer"), get(player, "when")
    train = get(source, "train")
    result.order = get(stage, "order") if "order" in own else get(train, "order") if train is not None else None
    if stage is not None and isinstance(result.order, list):  # who does not move is no player of this stage
        moving = {str(item).partition("*")[0].strip() for item in result.order}
        result.players = {name: player for name, player in result.players.items() if name in moving}
    result.metrics = dict(_mapping(get(source, "metrics")))
    result.accept = [str(name) for name in _mapping(get(source, "accept"))]
    result.best = best if train is not None and isinstance(best := get(train, "keep_best"), str) else None
    result.evaluates = train is not None and get(train, "evaluate_every") is not None
    result.sample = get(source, "sample")
    frozen = get(stage, "freeze")
    result.frozen = [name for name in frozen if isinstance(name, str)] if isinstance(frozen, list) else []
    return result


def _losses(outer: Mapping[str, Any], inner: Any, result: Outline) -> dict[str, Any]:
    """The losses of a stage: those that its list keeps, or its own in place of the outer ones."""
    if isinstance(inner, list):
        for index, name in enumerate(inner):
            if name not in outer:
                message = f"no loss is called '{name}'"
                result.faults.append(Fault((*result.stage, "losses", index), message, nearest(str(name), outer)))
        outer = {name: outer[name] for name in inner if name in outer}
    elif inner is not None:
        outer = _mapping(inner)
    return {str(name): _loss(value) for name, value in outer.items()}


def _named(source: Any, section: str, what: str, taken: dict[str, str], result: Outline) -> Iterator[tuple[str, Any]]:
    """The entries of a section whose names are still free: a name means one thing."""
    for key, value in _mapping(get(source, section)).items():
        name = str(key)
        if name in taken:
            message = f"is already the name of a {taken[name]}"
            result.faults.append(Fault((section, name), message, "rename one of them", at_key=True))
        else:
            taken[name] = what
            yield name, value


def _read_data(data: Any, result: Outline) -> None:
    from rivalry.spec.sources import datasets

    if data is None:
        return
    try:
        found = datasets(data)
    except (ValidationError, PydanticCustomError):
        return
    fields: dict[str, Field] = {}
    for name, use in found.items():
        path: Path = ("data", name) if name else ("data",)
        try:
            own = use.build().fields
        except (ValueError, OSError) as error:
            result.faults.append(Fault(path, str(error)))
            return
        if not name:
            fields.update(own)
        else:
            fields.update({f"{name}.{key}": value for key, value in own.items()})
            fields[name] = next(iter(own.values()))
    result.fields = fields
