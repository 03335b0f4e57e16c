"""Generators that are known: functions of points, asked as metrics ask a game's generator."""

from collections.abc import Callable

import torch
from torch import Tensor

from rivalry.interfaces import Probe


class Known(Probe):
    """Samples `make(points)` of points `drawn(n, generator)`; with `noise`, plus that much of it, by seed and count.

    It keeps the seeds and counts of its calls.
    """

    def __init__(
        self,
        make: Callable[[Tensor], Tensor],
        drawn: Callable[[int, torch.Generator], Tensor],
        source: bool = True,
        noise: float = 0.0,
        device: str | torch.device = "cpu",
    ) -> None:
        self.make, self.drawn, self.source, self.noise = make, drawn, source, noise
        self.device = torch.device(device)
        self.calls: list[tuple[int, int]] = []
        self.draws: list[tuple[int, int]] = []

    def draw(self, n: int, seed: int) -> Tensor:
        self.draws.append((n, seed))
        return self.drawn(n, torch.Generator().manual_seed(seed)).to(self.device)

    def __call__(self, points: Tensor, seed: int = 0) -> Tensor:
        self.calls.append((len(points), seed))
        samples = self.make(points)
        draw = torch.Generator().manual_seed(seed + 1)
        return samples + self.noise * torch.randn(samples.shape, generator=draw).to(samples)


def gaussian(*shape: int, dtype: torch.dtype = torch.float64) -> Callable[[int, torch.Generator], Tensor]:
    """Standard normal points of this shape."""
    return lambda n, draw: torch.randn(n, *shape, generator=draw, dtype=dtype)
