"""Exact transport on the line, row by row: quantile functions of two sets of numbers, integrated."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

FEW = 1 << 16
"""Numbers that are not worth a second thread."""


def sorted_rows(values: Tensor, own: bool = False) -> Tensor:
    """Each row in ascending order, NaN last; numpy's vectorised sort, in torch's number of threads, on a CPU.

    Values that nobody else needs, the caller's `own`, may be sorted where they are.
    """
    if values.device.type != "cpu":
        return values.sort(dim=1).values
    rows = values.numpy() if own else values.numpy().copy()
    threads = min(torch.get_num_threads(), len(rows))
    if threads == 1 or rows.size < FEW:
        rows.sort(axis=1)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: part.sort(axis=1), np.array_split(rows, threads)))
    return torch.from_numpy(rows)


def sorted_costs(a: Tensor, b: Tensor, order: int = 1) -> Tensor:
    """`transport_costs` of rows that are in ascending order already."""
    n, m = a.shape[1], b.shape[1]
    power = torch.abs_ if order == 1 else torch.square_
    if n == m:
        return power(a.double().sub_(b)).mean(1)
    # In units of 1 / (N M) all steps are whole numbers.
    steps = torch.cat([torch.arange(n + 1) * m, torch.arange(m + 1) * n]).unique().to(a.device)
    apart = a[:, steps[:-1] // m].double().sub_(b[:, steps[:-1] // n])
    return power(apart) @ (steps.diff().to(apart) / (n * m))


def transport_costs(a: Tensor, b: Tensor, order: int = 1) -> Tensor:
    """W_p^p of each row of a [L, N] to the same row of b [L, M], p the order, 1 or 2: [L], in float64.

    The integral over u in [0, 1] of |F_a^-1(u) - F_b^-1(u)|^p, exact for unequal counts too: both quantile functions
    are constant between neighbouring multiples of 1/N and 1/M.
    """
    return sorted_costs(sorted_rows(a), sorted_rows(b), order)
