"""A game ready to be played: networks on their device, players, sources of numbers, and the compiled step."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.batches import Feeder
from rivalry.distributed import World
from rivalry.graph.binding import bindings, compiled
from rivalry.graph.confirm import Confirmed
from rivalry.graph.emit import emit
from rivalry.graph.facts import Facts
from rivalry.graph.turns import differentiated_twice, judges
from rivalry.interfaces import Dataset, Schedule
from rivalry.players import Player
from rivalry.spec.model import Spec
from rivalry.spec.schema import Live, Use
from rivalry.streams import Stream, Streams, own_randomness, seed_global, seed_of

CPU = torch.device("cpu")


@frozen
class Counts:
    """How many batches and turns one step takes."""

    batches: int
    turns: int


class Now:
    """The present moment, as the step sees it: the step's number, its sources, its moving numbers, its record."""

    def __init__(
        self, feeders: Mapping[str, Feeder], latents: Mapping[str, Any], streams: Streams, counts: Counts,
        numbers: Mapping[str, Any], batch: int, place: Callable[[Tensor], Tensor],
    ) -> None:  # fmt: skip
        self.feeders, self.latents, self.streams, self.counts = feeders, latents, streams, counts
        self.numbers, self.batch, self.place = numbers, batch, place
        self.step = 0
        self.losses: dict[str, Tensor] = {}
        self._number = 0
        self._placed: dict[str, Tensor] = {}

    def begin(self) -> None:
        """Before a step."""
        self.losses = {}

    def deal(self, index: int) -> None:
        """A new batch, the step's number `index`: what follows is drawn for it."""
        self._number = self.step * self.counts.batches + index
        self._placed.clear()

    def data(self, name: str) -> Tensor:
        """A field of the present batch."""
        if name not in self._placed:
            dataset, _, key = name.rpartition(".")
            if dataset == "" and name in self.feeders:
                dataset, key = name, next(iter(self.feeders[name].dataset.fields))
            self._placed[name] = self.place(self.feeders[dataset](self._number)[key])
        return self._placed[name]

    def latent(self, name: str, turn: int | None = None) -> Tensor:
        """A latent of the present batch, or of one turn of the step alone."""
        number = self._number if turn is None else self.step * self.counts.turns + turn
        stream = self.streams(f"latents.{name}", number)
        return self.latents[name].sample(self.batch // self.streams.world, stream)  # type: ignore[no-any-return]

    def draw(self, name: str) -> Stream:
        """The stream of a component that draws: on one batch the same name is the same draw."""
        return self.streams(name, self._number)

    def value(self, number: Any) -> float:
        """A number at this moment: a constant, or what its schedule says."""
        if not isinstance(number, Schedule):
            return float(number)
        return number.at(self.time(number.clock))

    def time(self, clock: str) -> float:
        """Finished steps, images or epochs."""
        if clock == "steps":
            return self.step
        images = self.step * self.counts.batches * self.batch
        if clock == "images":
            return images
        return images / max(1, min(len(feeder.dataset) for feeder in self.feeders.values()))

    def number(self, name: str) -> float:
        """A moving number of the spec by its path."""
        return self.value(self.numbers[name])

    def record(self, label: str, loss: Tensor) -> None:
        """Keep a loss for the log, on the device."""
        self.losses[label] = loss.detach()


class Engine:
    """Everything that one process holds of a game; `step()` plays one pass of the order."""

    def __init__(
        self, spec: Spec, facts: Facts, confirmed: Confirmed, datasets: Mapping[str, Dataset], device: torch.device,
        world: World | None = None,
    ) -> None:  # fmt: skip
        world = world or World()
        graph, train = spec.graph, spec.train
        if train.batch % world.size:
            raise ValueError(f"wanted a batch that {world.size} processes can share evenly, got {train.batch}")
        self.spec, self.facts, self.device, self.world = spec, facts, device, world
        self.networks = build_networks(graph.networks, facts, train.seed, device, train.channels_last)
        autocast = (device.type, torch.bfloat16) if train.precision == "bf16" else None
        self.players = {
            name: Player(
                name,
                {n: self.networks[n] for n in p.networks},
                p.optimizer.build(),
                confirmed.idle,
                world.size,
                autocast,
            )
            for name, p in graph.players.items()
        }
        judging = judges(graph)
        self.ema = {} if not train.ema else {n: deepcopy(m) for n, m in self.networks.items() if n not in judging}
        if train.compile:  # torch cannot differentiate compiled code twice
            for name in self.networks.keys() - differentiated_twice(graph):
                self.networks[name].compile()
        self.program = emit(graph, train.fakes, gathers=world.size > 1, origin=spec.origin)
        turns = sum(len(segment.turns) for segment in self.program.segments)
        counts = Counts(len(self.program.segments), turns)
        streams = Streams(train.seed, device, world.rank, world.size)
        feeders = {n: Feeder(n, d, train.batch, train.seed, world.rank, world.size) for n, d in datasets.items()}
        latents = {name: use.build() for name, use in graph.latents.items()}
        numbers = {f"losses.{t.loss}.weight": t.weight.build() for t in graph.terms if isinstance(t.weight, Use | Live)}
        self.now = Now(feeders, latents, streams, counts, numbers, train.batch, self.place)
        self._step = compiled(self.program, bindings(graph, self.networks, self.players), "step")

    def place(self, tensor: Tensor) -> Tensor:
        """A batch on the device, in the memory format of the networks."""
        if self.device.type == "cuda":
            tensor = tensor.pin_memory()  # only pinned memory is copied without waiting
        moved = tensor.to(self.device, non_blocking=True)
        if self.spec.train.channels_last and moved.ndim == 4:
            return moved.contiguous(memory_format=torch.channels_last)
        return moved

    def step(self) -> dict[str, Tensor]:
        """One pass of the order; the losses stay on the device."""
        now = self.now
        now.begin()
        seed_global(seed_of(self.spec.train.seed, "modules", now.step, self.world.rank), self.device)
        self._step(now)
        now.step += 1
        if self.ema:
            self._average(now.step)
        return now.losses

    @torch.no_grad()
    def _average(self, step: int) -> None:
        decay = min(self.spec.train.ema or 0.0, (1 + step) / (10 + step))  # short runs are not held back by their start
        for name, averaged in self.ema.items():
            fast = self.networks[name]
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
        return state

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        """Take back a whole state; KeyError or RuntimeError if it does not fit."""
        load_modules(self.modules(), tensors)
        for name, player in self.players.items():
            player.restore(_under(tensors, f"optimizers.{name}."))
        self.now.step = step


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def load_modules(modules: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> None:
    """Copy a checkpoint's tensors into modules; RuntimeError if they do not fit."""
    for prefix, module in modules.items():
        module.load_state_dict(_under(tensors, prefix + "."), strict=True)


def build_networks(
    uses: "Mapping[str, Use | Live]", facts: Facts, seed: int, device: torch.device, channels_last: bool = False
) -> dict[str, nn.Module]:
    """The networks, frozen until their player moves; initial weights depend on the seed and the network's name only."""
    built: dict[str, nn.Module] = {}
    for name, use in uses.items():
        with own_randomness(CPU, seed_of(seed, "weights", name)):  # on the host, so that every device starts alike
            module: nn.Module = use.build(**facts.given(name))
        module = module.to(device).requires_grad_(False).train()
        built[name] = module.to(memory_format=torch.channels_last) if channels_last else module  # type: ignore[call-overload]
    return built
