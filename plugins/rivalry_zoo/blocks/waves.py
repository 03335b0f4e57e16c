"""Planar waves over a map, which give tiled codes a sense of place."""

from math import pi

import torch
from einops import rearrange
from torch import Tensor, nn

from rivalry.fields import Inputs
from rivalry_zoo.blocks.inputs import as_vector, vector_width


class PlanarWaves(nn.Module):
    """sin(k1 row + k2 column + phase) [N, waves, h, w]; a small network computes k1, k2 and phase from the vectors.

    The wave numbers start spread over (0, pi), so that no two waves are alike and none is faster than the map can
    show. Bergmann, Jetchev & Vollgraf 2017, arXiv:1705.06566, equation 5.
    """

    def __init__(self, vectors: Inputs, waves: int, owner: str, hidden: int = 60) -> None:
        super().__init__()
        self.vectors = vectors
        self.net = nn.Sequential(
            nn.Linear(vector_width(vectors, owner), hidden), nn.ReLU(), nn.Linear(hidden, 3 * waves)
        )
        spread = torch.linspace(0, pi, waves + 2)[1:-1]
        with torch.no_grad():
            self.net[-1].bias.copy_(torch.cat([spread, spread.flip(0), torch.zeros(waves)]))

    def forward(self, values: tuple[Tensor, ...], height: int, width: int) -> Tensor:
        numbers = self.net(as_vector(self.vectors, values, self))
        down, across, phase = rearrange(numbers, "n (part waves) -> part n waves 1 1", part=3)
        row = torch.arange(height, device=numbers.device, dtype=numbers.dtype)[:, None]
        column = torch.arange(width, device=numbers.device, dtype=numbers.dtype)
        return torch.sin(down * row + across * column + phase)
