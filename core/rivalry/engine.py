"""A game ready to be played: networks on their device, players, sources of numbers, and the compiled step."""

from collections.abc import Mapping
from copy import deepcopy
from functools import partial

import torch
from torch import Tensor, nn

from rivalry.batches import Feeder
from rivalry.distributed import World
from rivalry.graph.binding import bindings, compiled
from rivalry.graph.confirm import Confirmed
from rivalry.graph.emit import emit
from rivalry.graph.facts import Facts, sources_of
from rivalry.graph.nodes import Graph, walk
from rivalry.graph.turns import differentiated_twice, judges
from rivalry.interfaces import Dataset
from rivalry.now import Counts, Now
from rivalry.pieces import load_modules, network, placed, play_once, under
from rivalry.players import Player
from rivalry.spec.model import Spec
from rivalry.spec.uses import Live, Use
from rivalry.streams import Streams


class Engine:
    """Everything that one process holds of a game; `step()` plays one pass of the order.

    `before` is the engine of the stage that this one follows: networks, averages and the optimisers of players that
    stay as they were are taken over from it. `backend` is torch's, where networks are compiled.
    """

    def __init__(
        self, spec: Spec, facts: Facts, confirmed: Confirmed, datasets: Mapping[str, Dataset], device: torch.device,
        world: World | None = None, before: "Engine | None" = None, backend: str = "inductor",
    ) -> None:  # fmt: skip
        world = world or World()
        graph, train = spec.graph, spec.train
        if train.batch % world.size:
            raise ValueError(f"wanted a batch that {world.size} processes can share evenly, got {train.batch}")
        self.spec, self.facts, self.device, self.world = spec, facts, device, world
        if before is None:
            self.networks = build_networks(graph.networks, facts, train.seed, device, train.channels_last)
            averaged = averaged_of(spec) if train.ema else set()
            self.ema = {name: deepcopy(module) for name, module in self.networks.items() if name in averaged}
        else:
            self.networks, self.ema = before.networks, before.ema
        for name, module in self.networks.items():
            module.train(name not in graph.frozen)
        autocast = (device.type, torch.bfloat16) if train.precision == "bf16" else None
        self.players = {
            name: Player(
                name, {n: self.networks[n] for n in player.networks}, player.optimizer.build(), confirmed.idle,
                world.size, autocast, rate=apart_rate(graph, name),
            )
            for name, player in graph.players.items()
        }  # fmt: skip
        if train.compile and before is None:
            for name in self.networks.keys() - left_eager(spec):
                self.networks[name].compile(backend=backend)
        self.program = emit(graph, train.fakes, gathers=world.size > 1, origin=spec.origin, merged=confirmed.merged)
        turns = sum(len(segment.turns) for segment in self.program.segments)
        counts = Counts(len(self.program.segments), turns)
        streams = Streams(spec.stream_seed, device, world.rank, world.size)
        feeders = {n: Feeder(n, d, train.batch, streams.seed, world.rank, world.size) for n, d in datasets.items()}
        fields = {key: field for feeder in feeders.values() for key, field in feeder.fields.items()}
        numbers = {name: use.build() for name, use in graph.numbers.items()}
        observers = {name: observer.every for name, observer in graph.observers.items()}
        latents = sources_of(graph, fields)
        self.now = Now(
            feeders, latents, streams, counts, numbers, train.batch, self.place, observers, gating(graph)
        )  # fmt: skip
        names = bindings(graph, self.networks, self.players)
        self.memory: dict[str, list[Tensor]] = names["joint"].memory if graph.together is not None else {}
        self._step = compiled(self.program, names, "step")

    def place(self, tensor: Tensor) -> Tensor:
        """A batch on the device, in the memory format of the networks."""
        return placed(tensor, self.device, self.spec.train.channels_last)

    def step(self) -> dict[str, Tensor]:
        """One pass of the order; the losses stay on the device."""
        losses = play_once(self._step, self.now, self.spec.train.seed)
        if self.ema:
            self._average(self.now.step)
        return losses

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self.spec.train.ema or 0.0, (1 + step) / (10 + step))  # short runs are not held back by their start
        for name in self.ema.keys() - self.spec.graph.frozen:
            averaged, fast = self.ema[name], self.networks[name]
            if slow := [*averaged.parameters()]:
                torch._foreach_lerp_(tuple(slow), tuple(fast.parameters()), 1 - decay)
            for mine, theirs in zip(averaged.buffers(), fast.buffers(), strict=True):
                mine.copy_(theirs)

    def modules(self) -> dict[str, nn.Module]:
        """The networks by the names they have in a checkpoint."""
        raw = {f"networks.{name}": module for name, module in self.networks.items()}
        return {**raw, **{f"ema.{name}": module for name, module in self.ema.items()}}

    def tensors(self) -> dict[str, Tensor]:
        """The whole state: networks, averages, optimisers."""
        state: dict[str, Tensor] = {}
        for prefix, module in self.modules().items():
            state.update({f"{prefix}.{key}": value for key, value in module.state_dict().items()})
        for name, player in self.players.items():
            state.update({f"optimizers.{name}.{key}": value for key, value in player.tensors().items()})
        kept = {f"order.{key}.{i}": row for key, rows in self.memory.items() for i, row in enumerate(rows)}
        return {**state, **kept, **self.now.tensors()}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Take back a whole state; KeyError or RuntimeError if it does not fit."""
        load_modules(self.modules(), tensors)
        for name, player in self.players.items():
            player.restore(under(tensors, f"optimizers.{name}."))
        self.memory.clear()
        for key in sorted(
            under(tensors, "order."), key=lambda key: (key.rpartition(".")[0], int(key.rpartition(".")[2]))
        ):
            self.memory.setdefault(key.rpartition(".")[0], []).append(tensors[f"order.{key}"].to(self.device))
        self.now.restore(tensors)
        self.now.step = step


def averaged_of(spec: Spec) -> set[str]:
    """The networks that averages are kept of: those that judge in no game of the spec."""
    return spec.graph.networks.keys() - set().union(*map(judges, spec.whole))


def left_eager(spec: Spec) -> set[str]:
    """The networks that are not compiled: torch cannot differentiate compiled code twice."""
    return set().union(*map(differentiated_twice, spec.whole))


def gating(graph: Graph) -> set[str]:
    """The losses that some player's `when` asks for."""
    conditions = [player.when for player in graph.players.values() if player.when is not None]
    return {node.name for condition in conditions for node in walk(condition) if node.op == "latest"}


def apart_rate(graph: Graph, player: str) -> float:
    """By how much losses that stand apart shorten a player's steps: n / (n + extra) for n turns and the extra steps.

    StyleGAN2 (arXiv:1912.04958, appendix B) multiplies the learning rate by it, and takes betas to its power.
    """
    terms = graph.terms_of(player)
    extra = sum(1 / term.every for term in terms if term.apart)
    return 1 / (1 + extra) if extra and not all(term.apart for term in terms) else 1.0


def build_networks(
    uses: "Mapping[str, Use | Live]", facts: Facts, seed: int, device: torch.device, channels_last: bool = False
) -> dict[str, nn.Module]:
    """The networks, frozen until their player moves; initial weights depend on the seed and the network's name only."""
    return {
        name: network(name, partial(use.build, **facts.given(name)), seed, device, channels_last)
        for name, use in uses.items()
    }
