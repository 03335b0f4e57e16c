"""Checking a spec completely: its form, then its facts, then one whole step on the meta device."""

from typing import Any

from attrs import frozen
from torch import nn

from rivalry.errors import Fault
from rivalry.fields import Field
from rivalry.graph.confirm import Confirmed, confirm
from rivalry.graph.facts import Facts
from rivalry.graph.outline import outline
from rivalry.graph.search import find
from rivalry.initial import missing
from rivalry.interfaces import Dataset
from rivalry.spec.model import Spec


@frozen
class Checked:
    """A spec that can be played, and what was found out about it."""

    spec: Spec
    fields: dict[str, Field]
    facts: Facts
    stages: tuple[Confirmed, ...]
    """What a step of each of its games does."""
    networks: dict[str, nn.Module]
    """The networks on the meta device."""

    @property
    def confirmed(self) -> Confirmed:
        """What a step does; of a spec with stages, of the last one."""
        return self.stages[-1]


def check(source: Any, settings: list[str] | None = None) -> Checked:
    """Check a spec (a path, a shipped name, a mapping or a Spec); SpecError with every fault of the first phase
    that has one.
    """
    spec = source if isinstance(source, Spec) else Spec.load(source, settings)
    if faults := missing(spec):
        raise spec.fail(faults)
    return substance(spec, outline(spec).fields or {})


def substance(spec: Spec, fields: dict[str, Field]) -> Checked:
    """The second phase, for given fields of the data: shapes, compatibility, gradients."""
    games = spec.games()
    rows = [fields if game.data is spec.data else outline(game).fields or {} for game in games]
    facts, networks, faults = find([game.graph for game in games], rows)
    if faults:
        raise spec.fail(faults)
    found: list[Confirmed] = []
    for game, own in zip(games, rows, strict=True):
        train = game.train
        confirmed, wrong = confirm(game.graph, networks, own, train.fakes, train.batch, whole=not spec.stages)
        found.append(confirmed)
        faults += wrong
    if faults:
        raise spec.fail(faults)
    return Checked(spec, fields, facts, tuple(found), networks)


def open_datasets(spec: Spec) -> dict[str, Dataset]:
    """The spec's data sets by name ("" for the only one); SpecError if one cannot be opened."""
    found = {}
    for name, use in spec.data.items():
        try:
            found[name] = use.build()
        except (ValueError, OSError) as error:
            raise spec.fail([Fault(("data", name) if name else ("data",), str(error))]) from error
    return found
