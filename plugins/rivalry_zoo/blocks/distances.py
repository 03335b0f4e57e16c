"""Distances that losses are made of: of all pairs or of pairs side by side, differentiable as often as one likes."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from einops import rearrange
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from rivalry_zoo.blocks.feature_sets import spans
from rivalry_zoo.blocks.neighbours import SLACK, squared_distances
from rivalry_zoo.blocks.precision import wide

FORMS = ("l1", "l2", "squared")
"""Sum of absolute differences, Euclidean distance, and half its square."""


def flat(samples: Tensor) -> Tensor:
    """Samples [N, ...] as vectors [N, d] in at least float32."""
    return wide(rearrange(samples, "n ... -> n (...)"))


def root(squares: Tensor) -> Tensor:
    """The square root, whose gradients at 0 are 0 instead of infinite."""
    zero = squares == 0
    return squares.masked_fill(zero, 1.0).sqrt().masked_fill(zero, 0.0)


def unrounded(tensor: Tensor) -> AbstractContextManager[object]:
    """Where matrix products keep the tensor's precision, though autocast would round them to half."""
    kind = tensor.device.type
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else nullcontext()


def squared(x: Tensor, y: Tensor) -> Tensor:
    """Squared Euclidean distances [m, n] of x [m, d] and y [n, d], exactly 0 where only rounding keeps them apart."""
    with unrounded(x):
        squares, slack = squared_distances(x, y)
    rounding = (8 + x.shape[1]) * torch.finfo(squares.dtype).eps
    return squares.masked_fill_(squares <= slack * (rounding / SLACK), 0.0)


def across(form: str, x: Tensor, y: Tensor) -> Tensor:
    """Distances [m, n] of x [m, d] and y [n, d]."""
    if form == "l1":
        return (x.unsqueeze(1) - y).abs().sum(2)
    return root(squared(x, y)) if form == "l2" else 0.5 * squared(x, y)


def lengths(form: str, vectors: Tensor) -> Tensor:
    """Lengths [N] of vectors [N, d]."""
    if form == "l1":
        return vectors.abs().sum(1)
    squares = vectors.square().sum(1)
    return root(squares) if form == "l2" else 0.5 * squares


def differences(real: Tensor, fake: Tensor, samples: tuple[Tensor, Tensor]) -> Tensor:
    """x_r - x_f [N, d] of samples side by side, constants; ValueError unless they and their scores [N, k] pair up."""
    x, y = (flat(part.detach()) for part in samples)
    if real.shape != fake.shape or x.shape != y.shape or len(x) != len(real):
        shapes = [tuple(tensor.shape) for tensor in (real, fake, *samples)]
        raise ValueError(
            f"pairs need one real sample beside each fake one, each with its score, got scores {shapes[0]} and "
            f"{shapes[1]} of samples {shapes[2]} and {shapes[3]}; draw batches of one size"
        )
    return x - y


def by_rows(part: Callable[..., Tensor], x: Tensor, columns: int, values: int = 1 << 20) -> list[Tensor]:
    """part(some rows of x, where they start), for slices of x [m, ...] of at most `values` / `columns` rows.

    What a part computes in between is not kept for the gradient but computed again, one part at a time, so that the
    memory that a matrix of all pairs would take is never needed. A single slice keeps what it computes.
    """
    slices = [*spans(len(x), columns, values)]
    if len(slices) == 1:
        return [part(x, 0)]
    again = partial(checkpoint, part, use_reentrant=False, preserve_rng_state=False)
    return [again(x[rows], rows.start) for rows in slices]
