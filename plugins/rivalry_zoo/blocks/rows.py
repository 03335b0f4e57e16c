"""Rows of stored data: gathering them, and naming their content."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

Values = np.ndarray[Any, Any]


def signed(pixels: Tensor) -> Tensor:
    """Bytes v as contiguous float32 v / 127.5 - 1 on [-1, 1], rounded once (the subtraction first is exact)."""
    return pixels.to(torch.float32, memory_format=torch.contiguous_format).sub_(127.5).div_(127.5)


def gathered(values: Values, indices: Tensor, channels_last: bool = False) -> Tensor:
    """The rows of a stored array at indices [n], as a tensor of its own: bytes on [-1, 1], pictures as [n, C, H, W]."""
    rows = torch.from_numpy(values).index_select(0, indices)
    if channels_last:
        rows = rearrange(rows, "n h w c -> n c h w")
    return signed(rows) if rows.dtype == torch.uint8 else rows


def array_hash(values: Tensor | Values) -> str:
    """A hash of type, shape and values."""
    array = values.numpy(force=True) if isinstance(values, Tensor) else values
    little = array.dtype.newbyteorder("<")
    digest = blake2b(f"{little.str} {array.shape};".encode(), digest_size=16)
    step = max(1, (1 << 24) * len(array) // max(1, array.nbytes))
    for start in range(0, len(array), step):
        digest.update(np.ascontiguousarray(array[start : start + step], little).tobytes())
    return digest.hexdigest()


def joint_hash(hashes: Mapping[str, str]) -> str:
    """A short hash of named hashes."""
    return blake2b(repr(sorted(hashes.items())).encode(), digest_size=8).hexdigest()


def content_hash(arrays: Mapping[str, Tensor | Values]) -> str:
    """A short hash of named arrays; equal for equal data on every machine."""
    return joint_hash({name: array_hash(values) for name, values in arrays.items()})
