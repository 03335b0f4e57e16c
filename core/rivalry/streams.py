"""Random numbers by name: every draw is seeded by (seed, name, draw number), so nothing but counters needs saving."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

import torch
from attrs import frozen
from torch import Tensor

from rivalry.fields import Shape


def seed_of(*parts: object) -> int:
    """A 63-bit seed from any printable parts; different parts give independent streams."""
    digest = blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@frozen
class Stream:
    """One draw's random numbers on one device.

    Of `world` processes each receives its slice of the joint batch's numbers (first dimension), so that many processes
    see exactly what one process would have seen.
    """

    generator: torch.Generator | None
    device: torch.device
    rank: int = 0
    world: int = 1

    def _mine(self, joint: Tensor, n: int) -> Tensor:
        return joint if self.world == 1 else joint[self.rank * n : (self.rank + 1) * n]

    def _joint(self, shape: Shape) -> Shape:
        return (shape[0] * self.world, *shape[1:])

    def normal(self, *shape: int) -> Tensor:
        """Standard normal numbers [*shape]; the first size is the batch."""
        return self._mine(torch.randn(self._joint(shape), generator=self.generator, device=self.device), shape[0])

    def uniform(self, *shape: int) -> Tensor:
        """Numbers uniform on [0, 1), of the given shape; the first size is the batch."""
        return self._mine(torch.rand(self._joint(shape), generator=self.generator, device=self.device), shape[0])

    def integers(self, high: int, *shape: int) -> Tensor:
        """Integers uniform on [0, high), of the given shape; the first size is the batch."""
        joint = torch.randint(high, self._joint(shape), generator=self.generator, device=self.device)
        return self._mine(joint, shape[0])


@frozen
class Streams:
    """Hands out a run's streams: `streams("z", 7)` is the seventh draw of the source called z, always the same."""

    seed: int
    device: torch.device
    rank: int = 0
    world: int = 1

    def __call__(self, name: str, draw: int = 0) -> Stream:
        if self.device.type == "meta":  # shapes only: there are no numbers to draw
            return Stream(None, self.device, self.rank, self.world)
        generator = torch.Generator(device=self.device)
        generator.manual_seed(seed_of(self.seed, name, draw))
        return Stream(generator, self.device, self.rank, self.world)


def seed_global(seed: int, device: torch.device) -> None:
    """Seed what modules draw from by themselves (dropout)."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)


@contextmanager
def own_randomness(device: torch.device, seed: int | None = None) -> Iterator[None]:
    """A block whose use of the global random numbers leaves the caller's untouched; seeded, where a seed is given."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        if seed is not None:
            seed_global(seed, device)
        yield


def stream(seed: int, device: str | torch.device = "cpu") -> Stream:
    """A stream of its own, for a component used in one's own loop."""
    return Streams(seed, torch.device(device))("own")
