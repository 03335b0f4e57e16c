"""tr (S1 S2)^(1/2) of two covariances, the part of the Frechet distance that is not elementary."""

import torch
from torch import Tensor

LEAST_PIVOT = 1e-6
"""Covariances whose Cholesky pivots differ by more than this factor are told by the samples themselves, if at hand."""

DOUBT = 2e-14
"""The error of eigenvalues, as part of (tr S1 tr S2)^(1/2), beyond which singular values are taken instead."""


def largest_skew(matrix: Tensor, size: int = 256) -> Tensor:
    """The largest |a_ij - a_ji| of a matrix [d, d], looked through in blocks."""
    found = [
        (matrix[start:, start : start + size] - matrix[start : start + size, start:].T).abs_().max()
        for start in range(0, len(matrix), size)
    ]
    return torch.stack(found).max()


def _conjugated(factor: Tensor, covariance: Tensor, blocks: int = 8) -> Tensor:
    """L' S L [d, d] of a lower triangle L, without multiplying its zeros."""
    d = len(factor)
    size = -(-d // blocks)
    inner = torch.empty_like(factor)
    for start in range(0, d, size):
        inner[start:, start : start + size] = covariance[start:, start:] @ factor[start:, start : start + size]
    out = torch.zeros_like(factor)
    for start in range(0, d, size):
        span = slice(start, start + size)
        out[span, : start + size] = factor[start:, span].T @ inner[start:, : start + size]
    return out  # eigvalsh reads the lower triangle alone


def _by_eigenvalues(first: Tensor, second: Tensor, factor: Tensor, other: Tensor) -> Tensor | None:
    """From the eigenvalues l of L' S2 L, S1 = L L'; None where rounding would spoil it.

    Symmetric eigenvalues are at least as precise as eps times the largest, often far better; the small ones matter most
    here. How well they came out is seen by their product, known from the Cholesky factors: det S1 det S2. Errors e_i of
    one size shift the sum of log l_i by |sum e_i / l_i| and the sum of roots by |sum e_i / l_i^(1/2)| / 2.
    """
    values = torch.linalg.eigvalsh(_conjugated(factor, second))
    if values[0] <= 0:
        return None
    shift = (values.log().sum() - 2 * (factor.diagonal().log().sum() + other.diagonal().log().sum())).abs()
    inverse = values[0] / values
    doubt = shift / 2 * (values[0] * inverse.sum() / inverse.square().sum()).sqrt()
    if doubt > DOUBT * (first.trace() * second.trace()).sqrt():
        return None
    return values.sqrt().sum()


def _root(covariance: Tensor) -> Tensor:
    """A factor F of a singular covariance, F F' = S; ValueError for one that has negative variances."""
    values, axes = torch.linalg.eigh(covariance)
    rounding = len(values) * torch.finfo(values.dtype).eps * values[-1].abs()
    if values[0] < -1e6 * rounding:
        raise ValueError("a covariance must have no negative eigenvalues: look how the statistics were made")
    return axes * values.where(values > rounding, 0.0).sqrt()


def overlap_of_covariances(first: Tensor, second: Tensor) -> Tensor:
    """Of S1 and S2 [d, d] themselves, singular or not. What is singular is known as far as eps of its largest part."""
    factors = [torch.linalg.cholesky_ex(covariance) for covariance in (first, second)]
    one, other = (
        factor if not fault else _root(covariance)
        for (factor, fault), covariance in zip(factors, (first, second), strict=True)
    )
    if not any(fault for _, fault in factors):
        value = _by_eigenvalues(first, second, one, other)
        if value is not None:
            return value
    return torch.linalg.svdvals(one.T @ other).sum()


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


def overlap_of_rows(a: Tensor, b: Tensor) -> Tensor:
    """Of S1 = a'a and S2 = b'b: the nuclear norm of a b', which needs no full rank; a [n, d] and b [m, d]."""
    few, many = sorted((a, b), key=len)
    return torch.linalg.svdvals(_thin(many @ _thin(few).T)).sum()


def regular_overlap(first: Tensor, second: Tensor) -> Tensor | None:
    """Of S1 and S2 [d, d] of full rank, fast; None where the samples that they come from tell it more precisely."""
    factors = []
    for covariance in (first, second):
        factor, fault = torch.linalg.cholesky_ex(covariance)
        pivots = factor.diagonal()
        if fault or pivots.min() < LEAST_PIVOT * pivots.max():
            return None
        factors.append(factor)
    return _by_eigenvalues(first, second, *factors)
