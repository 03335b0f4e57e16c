"""The present moment, as a step sees it: its number, its sources, its moving numbers, its record."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import torch
from attrs import frozen
from torch import Tensor

from rivalry.batches import Feeder
from rivalry.distributed import reduce_gradients
from rivalry.interfaces import Observing, Schedule
from rivalry.numbers import Ref, still
from rivalry.streams import Stream, Streams


@frozen
class Counts:
    """How many batches and turns one step takes."""

    batches: int
    turns: int


class Now:
    """The present moment, as the step sees it: the step's number, its sources, its moving numbers, its record."""

    def __init__(
        self, feeders: Mapping[str, Feeder], latents: Mapping[str, Any], streams: Streams, counts: Counts,
        numbers: Mapping[str, Schedule], batch: int, place: Callable[[Tensor], Tensor],
        observers: Mapping[str, int] | None = None, gating: Collection[str] = (),
    ) -> None:  # fmt: skip
        self.feeders, self.latents, self.streams, self.counts = feeders, latents, streams, counts
        self.numbers, self.batch, self.place = numbers, batch, place
        self.observers, self.gating = dict(observers or {}), frozenset(gating)
        self.step = 0
        self.losses: dict[str, Tensor] = {}
        self.steering: dict[str, Tensor] = {}
        """Numbers that observe, and what each has seen since it followed last."""
        for name in self.observers:
            number = numbers[name]
            assert isinstance(number, Observing)
            self.steering[name] = torch.tensor(number.initial, dtype=torch.float32, device=streams.device)
            shape = () if number.observes == 1 else (number.observes,)
            self.steering[f"{name}.seen"] = torch.zeros(shape, device=streams.device)
        self.last: dict[str, Tensor] = {}
        self._number = 0
        self._placed: dict[str, Tensor] = {}
        self._observed: dict[str, Tensor] = {}

    def begin(self) -> None:
        """Before a step."""
        self.losses, self._observed = {}, {}

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
        latent = still(self.latents[name], ("latents", name), self.number)
        return latent.sample(self.batch // self.streams.world, stream)  # type: ignore[no-any-return]

    def draw(self, name: str) -> Stream:
        """The stream of a component that draws: on one batch the same name is the same draw."""
        return self.streams(name, self._number)

    def value(self, number: Any) -> float:
        """A number at this moment: a constant, or what its schedule says."""
        if isinstance(number, Ref):
            return self.number(number.name)  # type: ignore[return-value]
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

    def number(self, name: str) -> float | Tensor:
        """A moving number of the spec, by its schedule's name or its path."""
        if name not in self.observers:
            return self.value(self.numbers[name])
        state = self.steering[name]
        return state if state.ndim == 0 else state[0]

    def observe(self, name: str, *seen: Tensor) -> None:
        """What a number observes in this step: the mean over the batch of a tensor, or of each of several."""
        means = [tensor.mean() for tensor in seen]
        self._observed[name] = means[0] if len(means) == 1 else torch.stack(means)

    def follow(self) -> None:
        """After the last turn: every number that observes takes its step, or waits for the rest of what it collects."""
        names = list(self._observed)
        if not names:
            return
        observed = [self._observed[name].to(self.steering[name]) for name in names]
        means = reduce_gradients(observed, self.streams.world)
        for name, mean in zip(names, means, strict=True):
            every, schedule = self.observers[name], self.numbers[name]
            seen = self.steering[f"{name}.seen"] + mean
            if (self.step + 1) % every == 0:
                assert isinstance(schedule, Observing)
                self.steering[name] = schedule.follow(self.steering[name], seen / every)
                seen = torch.zeros_like(seen)
            self.steering[f"{name}.seen"] = seen

    def record(self, label: str, loss: Tensor) -> None:
        """Keep a loss for the log, and where a gate asks for it until it is computed again, on the device."""
        self.losses[label] = loss.detach()
        if label in self.gating:
            self.last[label] = reduce_gradients([self.losses[label].reshape(1)], self.streams.world)[0][0]

    def knows(self, *labels: str) -> bool:
        """Whether these losses have been computed."""
        return self.last.keys() >= set(labels)

    def latest(self, label: str) -> Tensor:
        """A loss's last value, the mean over all processes."""
        return self.last[label]

    def tensors(self) -> dict[str, Tensor]:
        """What must be kept to go on exactly."""
        return {
            **{f"numbers.{n}": v for n, v in self.steering.items()},
            **{f"last.{n}": v for n, v in self.last.items()},
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take it back; KeyError if a number is missing."""
        for name, value in self.steering.items():
            value.copy_(tensors[f"numbers.{name}"])
        prefix = "last."
        device = self.streams.device
        self.last = {n.removeprefix(prefix): v.to(device) for n, v in tensors.items() if n.startswith(prefix)}
