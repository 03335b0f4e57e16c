"""Two sets of feature vectors, checked and brought to float64 before a metric compares them."""

from collections.abc import Iterator

import torch
from torch import Tensor


def _exact(features: Tensor, name: str, at_least: int) -> Tensor:
    if features.ndim != 2:
        raise ValueError(
            f"{name} must be a matrix of feature vectors [N, d], not of shape {list(features.shape)}: "
            "flatten samples first (the features `pixels` do)"
        )
    if len(features) < at_least:
        raise ValueError(
            f"{name} must hold at least {at_least} feature vectors, not {len(features)}: draw more samples"
        )
    if features.shape[1] == 0:
        raise ValueError(f"{name} must have at least one feature, not an empty vector per sample")
    if not torch.isfinite(features).all():
        raise ValueError(f"{name} must be finite, but holds NaN or infinity: look for a diverged generator")
    if features.device.type == "mps":  # has no float64
        features = features.cpu()
    return features.detach().double()


def exact_pair(real: Tensor, fake: Tensor, at_least: int = 1) -> tuple[Tensor, Tensor]:
    """Both sets [N, d] and [M, d] in float64, detached; ValueError where they cannot be compared."""
    real, fake = _exact(real, "real", at_least), _exact(fake, "fake", at_least)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"real and fake must have equally many features, not {real.shape[1]} and {fake.shape[1]}: "
            "pass both through the same extractor"
        )
    return real, fake


def aligned(rows: int, columns: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """An empty matrix whose rows begin 64 bytes apart: products of others take a fifth to a third longer."""
    step = 64 // dtype.itemsize
    return torch.empty(rows, -(-columns // step) * step, dtype=dtype, device=device)[:, :columns]


def spans(rows: int, columns: int, values: int = 1 << 20) -> Iterator[slice]:
    """Slices of `rows` such that a slice by `columns` matrix holds at most `values` numbers (but at least one row)."""
    size = max(1, values // max(1, columns))
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))
