"""Frechet distance: the squared 2-Wasserstein distance of the Gaussians that share two sets' means and covariances."""

from math import sqrt
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.features.pixels import PIXELS


def _thin(rows: Tensor) -> Tensor:
    """A factor F of at most d rows, F'F = rows'rows: the rows themselves, or the triangle of their QR, by chunks."""
    n, d = rows.shape
    if n <= d:
        return rows
    chunks = rows.split(2 * d)
    triangle = torch.linalg.qr(chunks[0], mode="r").R
    for chunk in chunks[1:]:
        triangle = torch.linalg.qr(torch.cat([triangle, chunk]), mode="r").R
    return triangle


def _by_eigenvalues(a: Tensor, b: Tensor) -> Tensor | None:
    """tr (S_a S_b)^(1/2) from the eigenvalues of L' S_b L, S_a = L L'; None where rounding would spoil it."""
    factor, fault = torch.linalg.cholesky_ex(a.T @ a)
    if fault or factor.diagonal().min() < 1e-6 * factor.diagonal().max():
        return None
    values = torch.linalg.eigvalsh(factor.T @ (b.T @ b) @ factor)
    noise = 4 * torch.finfo(values.dtype).eps * values[-1]
    doubt = (noise / values.clamp(min=noise).sqrt()).sum()
    if doubt > 1e-9 * (a.square().sum() * b.square().sum()).sqrt():
        return None
    return values.clamp(min=0).sqrt().sum()


def _overlap(a: Tensor, b: Tensor) -> Tensor:
    """tr (S_a S_b)^(1/2), S_a = a'a and S_b = b'b: the nuclear norm of a b', which needs no full rank."""
    if min(len(a), len(b)) > a.shape[1] and (value := _by_eigenvalues(a, b)) is not None:
        return value
    return torch.linalg.svdvals(_thin(a) @ _thin(b).T).sum()


def frechet_distance(real: Tensor, fake: Tensor) -> Score:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)) of real [N, d] and fake [M, d], covariances over N - 1, in float64.

    No matrix square root is taken: Cholesky and symmetric eigenvalues where both covariances are regular, else singular
    values of the product of thin factors, exact for N < d too. It is biased upwards for few samples: by about
    s^2 (2 d + d (d + 1) / 2) / N for two samples of one N(0, s^2 I).
    """
    real, fake = exact_pair(real, fake, at_least=2)
    means = real.mean(0), fake.mean(0)
    a, b = (real - means[0]) / sqrt(len(real) - 1), (fake - means[1]) / sqrt(len(fake) - 1)
    spread = a.square().sum() + b.square().sum() - 2 * _overlap(a, b)
    return Score(float((means[0] - means[1]).square().sum() + spread.clamp(min=0)))


@frozen
class FrechetDistance(Metric):
    """Frechet distance through any features: `frechet_distance`. It is the FID only through Inception-v3 features.

    Errors: ValueError for fewer than two samples of either set. `samples` is the number drawn of each set; values for
    different numbers do not compare.
    """

    name: ClassVar[str] = "frechet_distance"
    paper: ClassVar[str] = "Heusel et al. 2017, arXiv:1706.08500"
    direction: ClassVar = "lower"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 1000

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return frechet_distance(real, fake)


@hookimpl
def rivalry_components():
    return [FrechetDistance]
