"""Exact transport on the line, row by row: quantile functions of two sets of numbers, integrated."""

import numpy as np
import torch
from torch import Tensor


def sorted_rows(values: Tensor) -> Tensor:
    """Each row in ascending order; numpy's vectorised sort where the values are on a CPU."""
    if values.device.type == "cpu":
        return torch.from_numpy(np.sort(values.numpy(), axis=1))
    return values.sort(dim=1).values


def transport_costs(a: Tensor, b: Tensor, order: int = 1) -> Tensor:
    """W_p^p of each row of a [L, N] to the same row of b [L, M], p the order: [L].

    The integral over u in [0, 1] of |F_a^-1(u) - F_b^-1(u)|^p, exact for unequal counts too: both quantile functions
    are constant between neighbouring multiples of 1/N and 1/M.
    """
    a, b = sorted_rows(a), sorted_rows(b)
    n, m = a.shape[1], b.shape[1]
    if n == m:
        return (a - b).abs().pow(order).mean(1)
    # In units of 1 / (N M) all steps are whole numbers.
    steps = torch.cat([torch.arange(n + 1) * m, torch.arange(m + 1) * n]).unique().to(a.device)
    apart = a[:, steps[:-1] // m] - b[:, steps[:-1] // n]
    return apart.abs().pow(order) @ (steps.diff().to(a) / (n * m))
