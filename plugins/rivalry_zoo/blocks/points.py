"""Points of the plane with a density that is known: mixtures of equal Gaussians, and curves blurred by one."""

from collections.abc import Callable
from math import ceil, log, pi

import numpy as np
import torch
from torch import Tensor

from rivalry.streams import seed_of

CHUNK = 1 << 17
"""Most distances held at once: 1 MiB in double precision, which stays in a cache."""


def numbers(name: str, seed: int) -> np.random.Generator:
    """The random numbers of one toy data set; two of different name share none."""
    return np.random.default_rng(seed_of(name, seed))


def blurred(centres: np.ndarray, deviation: float, draw: np.random.Generator) -> Tensor:
    """Each centre [N, 2] moved by a Gaussian of this standard deviation, float32."""
    return torch.from_numpy((centres + deviation * draw.standard_normal(centres.shape)).astype(np.float32))


def _squares(points: Tensor, centres: Tensor) -> Tensor:
    """Squared distances [N, K], by differences: expanding the square would lose the small ones."""
    across, up = ((points[:, i, None] - centres[:, i]).square() for i in (0, 1))
    return across + up


def mixture_log_density(points: Tensor, centres: Tensor, weights: Tensor, deviation: float) -> Tensor:
    """log sum_k w_k N(x; c_k, deviation^2 I) at points [N, 2], for centres [K, 2] and weights [K] that add up to 1.

    Computed in double precision, in chunks of points; returned in the points' dtype.
    """
    scale = weights.to(points.device).double().log() - log(2 * pi * deviation**2)
    centres = centres.to(points.device).double()
    chunks = [
        torch.logsumexp(scale - _squares(chunk, centres) / (2 * deviation**2), 1)
        for chunk in points.double().split(max(1, CHUNK // len(centres)))
    ]
    return torch.cat(chunks).to(points.dtype)


def curve_nodes(curve: Callable[[np.ndarray], np.ndarray], deviation: float) -> tuple[Tensor, Tensor]:
    """Centres [K, 2] and weights [K] of a mixture that stands for `curve(u)`, u uniform on [0, 1], under the blur.

    Gauss-Legendre quadrature with 8 nodes on each of many panels, none longer than one deviation: within 10 deviations
    of the curve the mixture's log density then agrees with the integral to 1e-6.
    """
    coarse = curve(np.linspace(0, 1, 4097))
    longest = np.linalg.norm(np.diff(coarse, axis=0), axis=1).max() * 4096
    panels = max(16, ceil(longest / deviation))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    u = (np.arange(panels)[:, None] + (nodes + 1) / 2) / panels
    return torch.from_numpy(curve(u.ravel())), torch.from_numpy(np.tile(weights / (2 * panels), panels))
