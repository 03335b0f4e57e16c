"""One-dimensional convolutions: shapes, conditions beside a signal, and the residual block of texts."""

from itertools import count

import torch
from einops import repeat
from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.fields import Field, Inputs
from rivalry_zoo.blocks.inputs import as_vector


def sequence_shape(field: Field, owner: str) -> tuple[int, int]:
    """Channels (or symbols) and length of a sequence's field; ValueError for anything else."""
    if field.classes is not None or len(field.shape) != 2:
        raise ValueError(f"{owner} wants a sequence of shape channels x length, such as 1x1024, got {field}")
    return field.shape


def beside(x: Tensor, fields: Inputs, conditions: tuple[Tensor, ...], network: nn.Module) -> Tensor:
    """The signal [N, C, L] with its conditions (vectors, labels one-hot) as further channels, equal at all places."""
    if not fields and not conditions:
        return x
    vector = as_vector(fields, conditions, network)
    return torch.cat([x, repeat(vector, "n c -> n c l", l=x.shape[2])], 1)


def _quarters(length: int) -> int:
    return next(times for times in count() if length // 4**times < 64)


def quarters_well(length: int) -> bool:
    """Whether a length can be divided by four until 16 to 63 are left, once at least."""
    times = _quarters(length)
    return times >= 1 and length % 4**times == 0


def quarterings(length: int, owner: str) -> tuple[int, int]:
    """How often a length is divided by four, and what is left, 16 to 63: 16384 -> (5, 16), 1024 -> (3, 16)."""
    if not quarters_well(length):
        below = next((size for size in range(length - 1, 63, -1) if quarters_well(size)), None)
        above = next(size for size in count(max(length, 64)) if quarters_well(size))
        offered = " or ".join(str(size) for size in (below, above) if size is not None)
        raise ValueError(
            f"{owner} wants a length of 16 to 63 times a power of four, got {length}; the nearest are {offered}"
        )
    times = _quarters(length)
    return times, length // 4**times


class SequenceBlock(nn.Module):
    """x + scale * conv(ReLU(conv(ReLU(x)))): [N, C, L] as it was; 0.3 is the scale of Gulrajani et al. 2017's texts."""

    def __init__(self, width: int, kernel: int, scale: float = 0.3) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv1d(width, width, kernel, padding=kernel // 2) for _ in range(2))
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.second(F.relu(self.first(F.relu(x))))
