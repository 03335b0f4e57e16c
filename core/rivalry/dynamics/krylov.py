"""Leading eigenvalues of a matrix that is known by its products only."""

from collections.abc import Callable

import torch
from attrs import frozen
from torch import Tensor

LARGEST_BASIS = 300
BLOCK = 20
GOOD = 1e-8
"""A residual, as a share of the largest eigenvalue, below which one counts as found."""


@frozen
class Pair:
    """An eigenvalue, and by how much its equation fails."""

    value: complex
    residual: float


@frozen
class Leading:
    """What was found of a spectrum."""

    rightmost: tuple[Pair, ...]
    largest: tuple[Pair, ...]
    products: int


def arnoldi(product: Callable[[Tensor], Tensor], n: int, count: int = 6, seed: int = 0) -> Leading:
    """The `count` eigenvalues of largest real part, and those of largest modulus, of an n x n matrix.

    Arnoldi's iteration, each vector made orthogonal twice, grows until both kinds are found or its basis is full;
    residuals then say how far they can be trusted. Of a conjugate pair both count.
    """
    size = min(n, LARGEST_BASIS)
    count = min(count, n)
    draw = torch.Generator().manual_seed(seed)
    basis = torch.zeros(size + 1, n, dtype=torch.float64)
    hessenberg = torch.zeros(size + 1, size, dtype=torch.float64)
    basis[0] = _fresh(basis[:0], draw)
    found = Leading((), (), 0)
    for step in range(size):
        vector = product(basis[step])
        for _ in range(2):
            share = basis[: step + 1] @ vector
            hessenberg[: step + 1, step] += share
            vector = vector - share @ basis[: step + 1]
        length = float(vector.norm())
        closed = length <= 1e-12 * max(1.0, float(hessenberg[:, step].norm()))
        if step + 1 < n:  # where the space is closed, another direction opens the rest of it
            basis[step + 1] = _fresh(basis[: step + 1], draw) if closed else vector / length
            hessenberg[step + 1, step] = 0.0 if closed else length
        if (step + 1) % BLOCK == 0 or step + 1 == size:
            found = _ritz(hessenberg[: step + 2, : step + 1], count, step + 1)
            scale = max((abs(pair.value) for pair in found.largest), default=0.0)
            if step + 1 > count and all(p.residual <= GOOD * scale for p in (*found.rightmost, *found.largest)):
                break
    return found


def _fresh(basis: Tensor, draw: torch.Generator) -> Tensor:
    vector = torch.randn(basis.shape[1], generator=draw, dtype=torch.float64)
    for _ in range(2):
        vector = vector - (basis @ vector) @ basis
    unit: Tensor = vector / vector.norm()
    return unit


def _ritz(hessenberg: Tensor, count: int, products: int) -> Leading:
    values, vectors = torch.linalg.eig(hessenberg[:-1])
    residuals = (hessenberg[-1, -1] * vectors[-1]).abs()
    pairs = [Pair(complex(v), float(r)) for v, r in zip(values.tolist(), residuals.tolist(), strict=True)]
    rightmost = sorted(pairs, key=lambda pair: (-pair.value.real, -pair.value.imag))
    largest = sorted(pairs, key=lambda pair: (-abs(pair.value), -pair.value.imag))
    return Leading(tuple(rightmost[:count]), tuple(largest[:count]), products)
