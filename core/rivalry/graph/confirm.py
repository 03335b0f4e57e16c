"""Routing confirmed: one whole step of every player on the meta device, where shapes and gradients are real and
nothing is allocated.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from attrs import define, field
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from rivalry.errors import Fault
from rivalry.fields import Field
from rivalry.graph.binding import bindings, compiled
from rivalry.graph.emit import emit
from rivalry.graph.evaluate import FAILURES
from rivalry.graph.nodes import Graph
from rivalry.streams import Stream, Streams

META = torch.device("meta")


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

    def move(self, now: Any) -> None:
        """Nothing moves here."""


@define
class _Probe:
    """Stands in for `Now`: sources are empty tensors, records become gradients."""

    fields: Mapping[str, Field]
    latents: Mapping[str, Field]
    batch: int
    confirmed: Confirmed
    step: int = 0
    player: _Player | None = None
    arrived: set[str] = field(factory=set)
    saved: int = 0

    def _empty(self, what: Field) -> Tensor:
        dtype = torch.int64 if what.classes is not None else torch.float32
        return torch.empty(self.batch, *what.shape, dtype=dtype, device=META)

    def deal(self, index: int) -> None:
        pass

    def data(self, name: str) -> Tensor:
        return self._empty(self.fields[name])

    def latent(self, name: str, turn: int | None = None) -> Tensor:
        return self._empty(self.latents[name])

    def draw(self, name: str) -> Stream:
        return Streams(0, META)(name)

    def number(self, name: str) -> float:
        return 1.0

    def record(self, label: str, loss: Tensor) -> None:
        """Which of the moving player's networks get a gradient from this loss alone."""
        assert self.player is not None
        if loss.ndim != 0:
            raise ValueError(f"the loss '{label}' wanted to be one number, got a tensor of shape {tuple(loss.shape)}")
        for network, owned in self.player.owned.items():
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
    graph: Graph, networks: dict[str, nn.Module], fields: Mapping[str, Field], fakes: str, batch: int
) -> tuple[Confirmed, list[Fault]]:
    """Play one step on the meta device; the faults are losses that fail and networks that get no gradient."""
    done = Confirmed(parameters={name: sum(p.numel() for p in net.parameters()) for name, net in networks.items()})
    latents = {name: use.build().field for name, use in graph.latents.items()}
    probe = _Probe(fields, latents, batch, done)
    owned = {name: {k: p for k, p in net.named_parameters() if p.requires_grad} for name, net in networks.items()}
    players = {p.name: _Player(p.name, probe, {n: owned[n] for n in p.networks}) for p in graph.players.values()}
    for net in networks.values():
        net.requires_grad_(False).train()
    for term in graph.terms:
        for network in term.trains:
            done.table[term.label, network] = False
    program = emit(graph, fakes)
    play = compiled(program, bindings(graph, networks, players), "check")
    try:
        with _counted(networks, done), _saved(probe), _Flops() as flops, META:
            play(probe)
    except FAILURES as error:
        return done, [
            Fault(
                ("losses",),
                f"a step fails: {str(error).strip().splitlines()[0] if str(error) else type(error).__name__}",
            )
        ]
    done.flops = flops.total
    done.idle = frozenset(f"{n}.{key}" for n, rows in owned.items() for key in rows) - probe.arrived
    return done, list(_untrained(graph, done, owned))


def _untrained(graph: Graph, done: Confirmed, owned: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    for name, use in graph.networks.items():
        if owned[name] and all(f"{name}.{key}" in done.idle for key in owned[name]):
            reaching = sorted({label for (label, network) in done.table if network == name})
            message = f"no gradient arrives at '{name}': {', '.join(reaching) or 'no loss'} reaches it without one"
            yield Fault((f"{use.kind}s", name), message, "check for a detach or an integer step in between")


class _Flops(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts by torch's own formulas; its FlopCounterMode cannot follow a double backward."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func._overloadpacket in flop_registry:
            self.total += flop_registry[func._overloadpacket](*args, **(kwargs or {}), out_val=result)
        return result


@contextmanager
def _counted(networks: Mapping[str, nn.Module], done: Confirmed) -> Iterator[None]:
    handles = []
    for name, net in networks.items():
        done.forwards[name] = 0

        def count(module: nn.Module, args: Any, name: str = name) -> None:
            done.forwards[name] += 1

        handles.append(net.register_forward_pre_hook(count))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _saved(probe: _Probe) -> Iterator[None]:
    def keep(tensor: Tensor) -> Tensor:
        probe.saved += tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield
