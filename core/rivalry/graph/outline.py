"""What the graph needs of a spec, read tolerantly, so that flow faults show beside faults of the fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field
from pydantic_core import PydanticCustomError, ValidationError

from rivalry.errors import Fault, Path
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
    losses: dict[str, Any] = field(factory=dict)
    players: dict[str, tuple[list[str] | None, Any]] = field(factory=dict)
    order: Any = None
    faults: list[Fault] = field(factory=list)

    def term(self, loss: str, key: str, default: Any = None) -> Any:
        """A key of a loss, whether the loss was checked or is still plain."""
        entry = self.losses[loss]
        return getattr(entry, key) if isinstance(entry, LossEntry) else entry.get(key, default)

    def form(self, loss: str) -> str | None:
        """objective, penalty or use; None where the loss does not say."""
        entry = self.losses[loss]
        if isinstance(entry, LossEntry):
            return entry.form
        return next((form for form in ("objective", "penalty", "use") if form in entry), None)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _get(source: Any, name: str) -> Any:
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


def outline(source: Any, fields: dict[str, Field] | None = None) -> Outline:
    """The outline of a checked spec or of a plain mapping; `fields` stand in for data that is not there."""
    result = Outline()
    if fields is None:
        _read_data(_get(source, "data"), result)
    else:
        result.fields = fields
    taken = dict.fromkeys(result.fields or {}, "data field")
    result.latents = {
        name: _entry("latent", value) for name, value in _named(source, "latents", "latent", taken, result)
    }
    for section, kind in SECTIONS.items():
        for name, value in _named(source, section, kind, taken, result):
            result.networks[name] = kind, _entry(kind, value)
    result.flow = dict(_named(source, "flow", "tensor of the flow", taken, result))
    result.losses = {str(name): _loss(value) for name, value in _mapping(_get(source, "losses")).items()}
    for name, player in _mapping(_get(source, "players")).items():
        moves = _get(player, "moves")
        result.players[str(name)] = moves if isinstance(moves, list) else None, _get(player, "optimizer")
    train = _get(source, "train")
    result.order = _get(train, "order") if train is not None else None
    return result


def _named(source: Any, section: str, what: str, taken: dict[str, str], result: Outline) -> Iterator[tuple[str, Any]]:
    """The entries of a section whose names are still free: a name means one thing."""
    for key, value in _mapping(_get(source, section)).items():
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
