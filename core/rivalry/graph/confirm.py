"""Routing confirmed: one whole step of every player on the meta device, where shapes and gradients are real and
nothing is allocated.
"""

from collections.abc import Iterator, Mapping
from math import lcm
from typing import Any

import torch
from attrs import define, field
from torch import Tensor, nn

from rivalry.errors import Fault
from rivalry.fields import Field
from rivalry.graph.binding import bindings, called, compiled
from rivalry.graph.building import empty
from rivalry.graph.costs import Flops, counted, saved
from rivalry.graph.emit import Program, emit
from rivalry.graph.evaluate import FAILURES, evaluate
from rivalry.graph.facts import META, numbers_at_end, sources_of
from rivalry.graph.merging import obstacles, obstacles_within, sides
from rivalry.graph.nodes import Graph, fill, walk
from rivalry.streams import Stream, Streams


@define
class Confirmed:
    """What a step does: forwards per network, which loss gives which network a gradient, and what it costs."""

    forwards: dict[str, int] = field(factory=dict)
    table: dict[tuple[str, str], bool] = field(factory=dict)
    """(loss label, network) -> whether a gradient arrives; reached without one is False."""
    idle: frozenset[str] = frozenset()
    """Parameters ("G.layer.weight") that no loss gives a gradient to."""
    parameters: dict[str, int] = field(factory=dict)
    flops: int = 0
    activations: int = 0
    """Bytes kept for the largest backward."""
    obstacles: tuple[str, ...] | None = None
    """Where all players move on one batch: why one backward pass through the judge does not serve both sides."""

    @property
    def merged(self) -> bool:
        """Whether it does."""
        return self.obstacles == ()


@define
class _Player:
    name: str
    probe: "_Probe"
    owned: dict[str, dict[str, nn.Parameter]]

    def __enter__(self) -> None:
        self._require(True)

    def __exit__(self, *error: object) -> None:
        self._require(False)

    def _require(self, wanted: bool) -> None:
        for parameters in self.owned.values():
            for parameter in parameters.values():
                parameter.requires_grad_(wanted)
        self.probe.player = self if wanted else None

    def differentiate(self, total: Tensor | None, only: Any = (), more: bool = False) -> None:
        """The backward pass, for its cost."""
        if total is not None and total.requires_grad:
            wanted = [p for network, owned in self.owned.items() if not only or network in only for p in owned.values()]
            torch.autograd.grad(total, wanted, allow_unused=True, retain_graph=more)
        self.probe.peak()

    def move(self, now: Any, opened: Tensor | None = None) -> None:
        """Nothing moves here."""


@define
class _Seat:
    """A player at a joint step."""

    owned: dict[str, list[nn.Parameter]]
    gradients: Any = None
    autocast: Any = None
    processes: int = 1

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [parameter for owned in self.owned.values() for parameter in owned]

    def move(self, now: Any, opened: Tensor | None = None) -> None:
        """Nothing moves here."""


@define
class _Probe:
    """Stands in for `Now`: sources are empty tensors, records become gradients."""

    fields: Mapping[str, Field]
    latents: Mapping[str, Field]
    batch: int
    confirmed: Confirmed
    numbers: Mapping[str, Any]
    step: int = 0
    player: _Player | None = None
    trained: Mapping[str, Mapping[str, Mapping[str, nn.Parameter]]] = field(factory=dict)
    """By loss, in a joint step: the networks that it trains."""
    arrived: set[str] = field(factory=set)
    saved: int = 0

    def deal(self, index: int) -> None:
        pass

    def data(self, name: str) -> Tensor:
        return empty(self.fields[name], self.batch)

    def latent(self, name: str, turn: int | None = None) -> Tensor:
        return empty(self.latents[name], self.batch)

    def draw(self, name: str) -> Stream:
        return Streams(0, META)(name)

    def number(self, name: str) -> Any:
        return self.numbers[name]

    def observe(self, name: str, *seen: Tensor) -> None:
        """Observing needs a tensor to take the mean of."""
        for tensor in seen:
            tensor.mean()

    def follow(self) -> None:
        pass

    def knows(self, *labels: str) -> bool:
        return False

    def record(self, label: str, loss: Tensor) -> None:
        """Which of the moving player's networks get a gradient from this loss alone; in a joint step, which of those
        that it trains.
        """
        if loss.ndim != 0:
            raise ValueError(f"the loss '{label}' wanted to be one number, got a tensor of shape {tuple(loss.shape)}")
        for network, owned in (self.player.owned if self.player else self.trained.get(label, {})).items():
            found: tuple[Tensor | None, ...] = (None,) * len(owned)
            if loss.requires_grad and owned:
                found = torch.autograd.grad(loss, list(owned.values()), retain_graph=True, allow_unused=True)
            arrived = {f"{network}.{key}" for key, gradient in zip(owned, found, strict=True) if gradient is not None}
            self.arrived |= arrived
            if arrived:
                self.confirmed.table[label, network] = True

    def peak(self) -> None:
        self.confirmed.activations = max(self.confirmed.activations, self.saved)
        self.saved = 0


def confirm(
    graph: Graph, networks: dict[str, nn.Module], fields: Mapping[str, Field], fakes: str, batch: int,
    whole: bool = True,
) -> tuple[Confirmed, list[Fault]]:  # fmt: skip
    """Play one step on the meta device; the faults are losses that fail and networks that get no gradient."""
    done = Confirmed(parameters={name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()})
    latents = {name: latent.field for name, latent in sources_of(graph, fields).items()}
    latest = max((term.after for term in graph.terms), default=0)
    every = lcm(*(term.every for term in graph.terms))
    probe = _Probe(fields, latents, batch, done, numbers_at_end(graph), step=-(-latest // every) * every)
    owned = {name: {k: p for k, p in net.named_parameters() if p.requires_grad} for name, net in networks.items()}
    players = {p.name: _Player(p.name, probe, {n: owned[n] for n in p.networks}) for p in graph.players.values()}
    for name, net in networks.items():
        net.requires_grad_(False).train(name not in graph.frozen)
    for term in graph.terms:
        for network in term.trains:
            done.table[term.label, network] = False
    try:
        if graph.together is None:
            flops = _played(emit(graph, fakes), bindings(graph, networks, players), networks, probe)
        else:
            if fakes == "fresh":
                message = f"'{graph.together.name}' plays on one batch, so no player has fresh fakes"
                return done, [Fault(("train", "fakes"), message, "leave fakes out")]
            flops = _together(graph, networks, owned, probe)
    except FAILURES as error:
        return done, [
            Fault(
                ("losses",),
                f"a step fails: {str(error).strip().splitlines()[0] if str(error) else type(error).__name__}",
            )
        ]
    finally:
        for rows in owned.values():
            for parameter in rows.values():
                parameter.requires_grad_(True)
    done.flops = flops
    done.idle = frozenset(f"{n}.{key}" for n, rows in owned.items() for key in rows) - probe.arrived
    found = list(_untrained(graph, done, owned, whole))
    changing = branching(graph)  # what they leave out at the end, they may use before
    done.idle = frozenset(key for key in done.idle if key.partition(".")[0] not in changing)
    return done, found


def branching(graph: Graph) -> set[str]:
    """The networks that use other parts of themselves as a number moves."""
    calls = {at for root in called(graph) for at in walk(root) if at.op == "network"}
    moved = {at.name for at in calls if any(part.op == "moving" for argument in at.args for part in walk(argument))}
    return {name for name in moved if getattr(graph.networks[name].component, "host_numbers", False)}


def _played(program: Program, names: Mapping[str, Any], networks: Mapping[str, nn.Module], probe: _Probe) -> int:
    """Play a program; its FLOPs."""
    play = compiled(program, names, "check")
    with counted(networks, probe.confirmed.forwards), saved(probe), Flops() as flops, META:
        play(probe)
    probe.peak()
    return int(flops.total)


def _together(
    graph: Graph, networks: Mapping[str, nn.Module], owned: Mapping[str, dict[str, nn.Parameter]], probe: _Probe
) -> int:
    """Play a joint step: with each player's own backward pass, which shows who is trained by what; and then, for what
    it costs, with one that serves both sides where nothing stands against that.
    """
    done = probe.confirmed
    found = obstacles(graph)
    if not found and (pair := sides(graph)) is not None and pair[1].judge is not None and pair[1].fake is not None:
        node = fill(pair[1].judge, pair[1].fake)
        sources = {at: getattr(probe, at.op)(at.name) for at in walk(node) if at.op in ("data", "latent")}
        with META, torch.no_grad():
            found = obstacles_within(
                graph, networks, evaluate(node, sources, networks, Streams(0, META), probe.numbers, graph.augments)
            )
    done.obstacles = tuple(found)
    seats = {name: _Seat({n: [*owned[n].values()] for n in player.networks}) for name, player in graph.players.items()}
    names = bindings(graph, networks, seats)
    probe.trained = {t.label: {name: owned[name] for name in t.trains if name in owned} for t in graph.terms}
    flops = _played(emit(graph), names, networks, probe)
    if done.merged:
        probe.trained, done.activations = {}, 0
        flops = _played(emit(graph, merged=True), names, networks, probe)
    return flops


def _untrained(graph: Graph, done: Confirmed, owned: Mapping[str, Mapping[str, Any]], whole: bool) -> Iterator[Fault]:
    trained = set().union(*(term.trains for term in graph.terms))
    for name, use in graph.networks.items():
        if (name in trained or whole) and owned[name] and all(f"{name}.{key}" in done.idle for key in owned[name]):
            reaching = sorted({label for (label, network) in done.table if network == name})
            message = f"no gradient arrives at '{name}': {', '.join(reaching) or 'no loss'} reaches it without one"
            yield Fault((f"{use.kind}s", name), message, "check for a detach or an integer step in between")
