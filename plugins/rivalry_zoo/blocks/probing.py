"""A generator asked in chunks, so that memory stays bounded however many samples a metric wants."""

from collections.abc import Iterator

import torch
from torch import Tensor

from rivalry.streams import seed_of

CHUNK = 64
"""Samples made at once."""


def chunks(samples: int, seed: int, size: int = CHUNK) -> Iterator[tuple[int, int]]:
    """How many to make at once, until there are `samples`, each time with a seed of its own."""
    for start in range(0, samples, size):
        yield min(size, samples - start), seed_of(seed, start)


def exact(values: Tensor) -> Tensor:
    """The values in float64, detached; on the host where the device has no float64."""
    return (values.cpu() if values.device.type == "mps" else values).detach().double()


def uniform(shape: tuple[int, ...], name: str, seed: int) -> Tensor:
    """Numbers uniform on [0, 1) in float64 on the host, equal for equal names and seeds."""
    draw = torch.Generator().manual_seed(seed_of(name, seed))
    return torch.rand(shape, generator=draw, dtype=torch.float64)
