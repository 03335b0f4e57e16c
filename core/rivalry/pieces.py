"""The pieces of a game that a run and a script of its own put together alike: no spec, no graph."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.errors import RunError
from rivalry.interfaces import Dataset, WeightNorm
from rivalry.now import Now
from rivalry.numbers import still
from rivalry.players import Player
from rivalry.streams import Stream, Streams, own_randomness, seed_global, seed_of

CPU = torch.device("cpu")
CHUNK = 256  # rows of data at once when a layer is fitted

Networks = Mapping[str, nn.Module]


def network(
    name: str, make: Callable[[], nn.Module], seed: int, device: torch.device, channels_last: bool = False,
    weight_norm: WeightNorm | None = None,
) -> nn.Module:  # fmt: skip
    """A network, frozen until its player moves; its initial weights depend on the seed and its name only."""
    with own_randomness(CPU, seed_of(seed, "weights", name)):  # on the host, so that every device starts alike
        module = make() if weight_norm is None else weight_norm.apply(make())
    module = module.to(device).requires_grad_(False).train()
    return module.to(memory_format=torch.channels_last) if channels_last else module  # type: ignore[call-overload]


def placed(tensor: Tensor, device: torch.device, channels_last: bool = False) -> Tensor:
    """A batch on the device, in the memory format of the networks."""
    if device.type == "cuda":
        tensor = tensor.pin_memory()  # only pinned memory is copied without waiting
    moved = tensor.to(device, non_blocking=True)
    if channels_last and moved.ndim == 4:
        return moved.contiguous(memory_format=torch.channels_last)
    return moved


def play_once(step: Callable[[Now], None], now: Now, seed: int) -> dict[str, Tensor]:
    """One pass of the order; its losses stay on the device."""
    now.begin()
    seed_global(seed_of(seed, "modules", now.step, now.streams.rank), now.streams.device)
    step(now)
    now.step += 1
    return now.losses


def part(networks: Networks, at: str) -> list[Tensor]:
    """The parameters of a part of a network, as G.last names it."""
    network, _, name = at.partition(".")
    module = networks[network]
    named = dict(module.named_parameters())
    return [named[name]] if name in named else list(module.get_submodule(name).parameters())


def under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, without that beginning."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def load_modules(modules: Networks, tensors: Mapping[str, Tensor]) -> None:
    """Copy a checkpoint's tensors into modules; RuntimeError if they do not fit."""
    for prefix, module in modules.items():
        module.load_state_dict(under(tensors, prefix + "."), strict=True)


# what a stage does on entry


def module_at(networks: Networks, path: str) -> nn.Module:
    """A network, or a part of it."""
    network, _, part = path.partition(".")
    try:
        return networks[network].get_submodule(part)
    except AttributeError as error:
        raise RunError(f"'{network}' has no part '{part}'") from error


@torch.no_grad()
def copy(networks: Networks, target: str, source: str) -> None:
    """Tensors of equal names and shapes from one part of the networks to another; RunError if there are none."""
    mine, theirs = (module_at(networks, path).state_dict() for path in (target, source))
    shared = [name for name, tensor in mine.items() if name in theirs and theirs[name].shape == tensor.shape]
    if not shared:
        raise RunError(f"nothing to copy by '{target}: {source}': no tensor of theirs agrees in name and shape")
    for name in shared:
        mine[name].copy_(theirs[name])


def take_over(players: Mapping[str, Player], before: Mapping[str, Player], forgotten: bool | Iterable[str]) -> None:
    """The optimiser states of players that stay as they were, but for those that are to be forgotten (true: all)."""
    names = {*players} if forgotten is True else set(forgotten or ())
    for name, player in players.items():
        old = before.get(name)
        if old is None or name in names or old.optimizer != player.optimizer:
            continue
        if [*map(id, old.parameters)] == [*map(id, player.parameters)]:
            player.restore(old.tensors())


@contextmanager
def resting(networks: Networks, device: torch.device, seed: int) -> Iterator[None]:
    """A block in which no network trains and nothing of the caller's randomness is used up."""
    modes = {name: network.training for name, network in networks.items()}
    try:
        for network in networks.values():
            network.eval()
        with torch.no_grad(), own_randomness(device, seed):
            yield
    finally:
        for name, network in networks.items():
            network.train(modes[name])


def chunks(datasets: Mapping[str, Dataset], device: torch.device) -> Iterator[tuple[int, int, dict[str, Tensor]]]:
    """The whole data in its order: the first row of each part, how many they are, and their tensors by name."""
    total = min(map(len, datasets.values()))
    for start in range(0, total, CHUNK):
        indices = torch.arange(start, min(start + CHUNK, total))
        found: dict[str, Tensor] = {}
        for name, dataset in datasets.items():
            batch = dataset.batch(indices)
            found.update({f"{name}.{key}" if name else key: value for key, value in batch.items()})
            if name:
                found[name] = batch[next(iter(dataset.fields))]
        yield start, len(indices), {key: value.to(device) for key, value in found.items()}


@frozen
class Glance:
    """The present moment on some rows of the data, in place of a batch."""

    now: Now
    n: int
    streams: Streams
    rows: Mapping[str, Tensor]

    def data(self, name: str) -> Tensor:
        """A field of these rows."""
        return self.rows[name]

    def latent(self, name: str) -> Tensor:
        """Fresh codes."""
        latent = still(self.now.latents[name], ("latents", name), self.now.number)
        return latent.sample(self.n, self.streams(f"latents.{name}"))  # type: ignore[no-any-return]

    def draw(self, name: str) -> Stream:
        """The stream of a component that draws."""
        return self.streams(name)

    def number(self, name: str) -> Any:
        """A moving number as it stands."""
        return self.now.number(name)


def everywhere(
    compute: Callable[[Any], tuple[Tensor, ...]], networks: Networks, now: Now
) -> Iterator[tuple[Tensor, ...]]:
    """What is computed of the whole data, part by part, while the networks rest."""
    datasets = {name: feeder.dataset for name, feeder in now.feeders.items()}
    for start, n, rows in chunks(datasets, now.streams.device):
        with resting(networks, now.streams.device, start):
            found = compute(Glance(now, n, Streams(start, now.streams.device), rows))
        yield found
