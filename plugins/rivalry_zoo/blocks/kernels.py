"""Kernels of distance alone, as functions of two sets of vectors."""

from collections.abc import Callable

import torch
from torch import Tensor

from rivalry_zoo.blocks.distances import root, squared
from rivalry_zoo.blocks.pair_sums import Kernel

WIDTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Of the Gaussian mixture: Li et al. 2017, arXiv:1705.08584."""

ALPHAS = (0.1, 1.0, 10.0)
"""Of the rational quadratic mixture: the code of Binkowski et al. 2018, arXiv:1801.01401."""


def _rbf(squares: Tensor) -> Tensor:
    return torch.stack([(squares / (-2 * width**2)).exp_() for width in WIDTHS]).mean(0)


def _rational_quadratic(squares: Tensor) -> Tensor:
    return torch.stack([(1 + squares / (2 * alpha)).pow(-alpha) for alpha in ALPHAS]).mean(0)


def _energy(squares: Tensor) -> Tensor:
    return -root(squares)


OF_SQUARES: dict[str, Callable[[Tensor], Tensor]] = {
    "rbf": _rbf,
    "rational_quadratic": _rational_quadratic,
    "energy": _energy,
}
"""Name -> kernel values of squared distances."""


def distance_kernel(name: str, scale: float = 1.0) -> Kernel:
    """k(x, y) [m, n] of x [m, d] and y [n, d], distances measured in units of `scale`; twice differentiable."""

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return OF_SQUARES[name](squared(x, y) / scale**2)

    return kernel


def gaussian_mixture(scale: float = 1.0) -> Kernel:
    """The values of `distance_kernel("rbf", scale)` by one exponential a pair, without gradients.

    Each of WIDTHS is half the next, so that its exponential is the fourth power of the next one's. In float64 that
    costs at most two digits.
    """

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        norms = x.square().sum(1, keepdim=True) + y.square().sum(1)
        power = torch.addmm(norms, x, y.T, alpha=-2.0).mul_(-0.5 / (WIDTHS[-1] * scale) ** 2).clamp_(max=0).exp_()
        total = power.clone()
        for _ in WIDTHS[1:]:
            total += power.square_().square_()
        return total.div_(len(WIDTHS))

    return kernel
