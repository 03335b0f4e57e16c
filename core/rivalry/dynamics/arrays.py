"""Torch's common operations on numpy arrays, by their names below autograd."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

Array = Any
Sizes = Sequence[int]


def by_torch(operation: Any) -> Callable[..., Any]:
    """Any operation, done by torch itself on copies."""

    def given(value: Any) -> Any:
        if isinstance(value, list):
            return [given(item) for item in value]
        return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray | np.generic) else value

    def taken(value: Any) -> Any:
        return value.numpy() if isinstance(value, torch.Tensor) else value

    def call(*args: Any, **kwargs: Any) -> Any:
        found = operation(*map(given, args), **{key: given(value) for key, value in kwargs.items()})
        return [taken(value) for value in found] if isinstance(found, tuple | list) else taken(found)

    return call


def _sum(a: Array, dims: Any = None, keepdim: bool = False, **_: Any) -> Array:
    axes: Any = tuple(dims) if isinstance(dims, list) and dims else None if dims == [] else dims
    reduce: Any = np.add.reduce
    return reduce(a, axes, keepdims=keepdim)


def _mean(a: Array, dims: Any = None, keepdim: bool = False, **_: Any) -> Array:
    total = _sum(a, dims, keepdim)
    return total * (np.size(total) / a.size)


def _sigmoid(x: Array) -> Array:
    return 0.5 * (1 + np.tanh(0.5 * x))


def _expand(a: Array, sizes: Sizes, **_: Any) -> Array:
    own = (1,) * (len(sizes) - a.ndim) + a.shape
    whole = np.empty([mine if size == -1 else size for size, mine in zip(sizes, own, strict=True)], a.dtype)
    whole[...] = a  # quicker than a view of few elements
    return whole


def _unsqueeze(a: Array, dim: int) -> Array:
    return a[(slice(None),) * (dim % (a.ndim + 1)) + (None,)]


def _slice(a: Array, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Array:
    return a[(slice(None),) * (dim % a.ndim) + (slice(start, end, step),)]


def _select(a: Array, dim: int, index: int) -> Array:
    return a[(slice(None),) * (dim % a.ndim) + (index,)]


def _squeeze(a: Array, dims: Any = None) -> Array:
    if dims is None:
        return a.squeeze()
    axes = tuple(dim % a.ndim for dim in (dims if isinstance(dims, list) else [dims]) if a.shape[dim] == 1)
    return a.squeeze(axes) if axes else a


def _clamp(a: Array, low: Any = None, high: Any = None) -> Array:
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


def _entropy(x: Array, y: Array, weight: Any = None, positive: Any = None, reduction: int = 1) -> Array:
    if weight is not None or positive is not None:
        raise NotImplementedError
    losses = np.maximum(x, 0) - x * y + np.log1p(np.exp(-abs(x)))
    return losses if reduction == 0 else losses.mean() if reduction == 1 else losses.sum()


def _softplus(x: Array, beta: float = 1, threshold: float = 20) -> Array:
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)


def _softplus_backward(gradient: Array, x: Array, beta: float, threshold: float) -> Array:
    return np.where(x * beta > threshold, gradient, gradient * _sigmoid(x * beta))


CONSTANT = {"ones_like", "zeros_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full"}
"""What depends on the shape of its argument only."""
KNOWN: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, alpha=1: a + b if alpha == 1 else a + alpha * b,
    "sub": lambda a, b, alpha=1: a - b if alpha == 1 else a - alpha * b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "abs": abs,
    "sign": np.sign,
    "sgn": np.sign,
    "sigmoid": _sigmoid,
    "pow": lambda a, b: a * a if type(b) in (int, float) and b == 2 else np.power(a, b),
    "relu": lambda a: np.maximum(a, 0.0),
    "threshold_backward": lambda gradient, a, edge: np.where(a <= edge, 0.0, gradient),
    "softplus": _softplus,
    "softplus_backward": _softplus_backward,
    "log_sigmoid_forward": lambda a: (-np.logaddexp(0, -a), a),
    "log_sigmoid_backward": lambda gradient, a, buffer: gradient * _sigmoid(-a),
    "binary_cross_entropy_with_logits": _entropy,
    "mean": _mean,
    "sum": _sum,
    "view": lambda a, sizes: a.reshape(sizes),
    "_unsafe_view": lambda a, sizes: a.reshape(sizes),
    "expand": _expand,
    "unsqueeze": _unsqueeze,
    "squeeze": _squeeze,
    "t": lambda a: a.T,
    "transpose": np.swapaxes,
    "permute": np.transpose,
    "slice": _slice,
    "select": _select,
    "cat": lambda parts, dim=0: np.concatenate(parts, dim),
    "stack": lambda parts, dim=0: np.stack(parts, dim),
    "mm": lambda a, b: a @ b,
    "bmm": lambda a, b: a @ b,
    "where": np.where,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "maximum": np.maximum,
    "clamp": _clamp,
    "clamp_min": np.maximum,
    "lerp": lambda a, b, share: a + share * (b - a),
    "detach": lambda a: a,
    "alias": lambda a: a,
    "clone": lambda a, **_: a,
}
