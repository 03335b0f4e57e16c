"""Pickles that hold plain numpy arrays in dictionaries, read without running what else a pickle could ask for.

Those of protocols 3 and 4; older ones make bytes by calling functions.
"""

import io
import pickle
from typing import Any

import numpy as np

FAULTS = (
    pickle.UnpicklingError, ArithmeticError, AttributeError, EOFError, LookupError, MemoryError, TypeError, ValueError,
)  # fmt: skip
"""What a damaged pickle stumbles over."""


class _Array:
    """What stands for the class of arrays in a pickle."""


def _empty(kind: type, shape: tuple[int, ...], code: bytes) -> "np.ndarray[Any, np.dtype[Any]]":
    """The array that pickles begin with; it gets its type, shape and bytes afterwards."""
    if kind is not _Array or shape != (0,):
        raise pickle.UnpicklingError("an array begins empty")
    return np.empty(0, np.int8)


def _float32(code: str, *more: bool) -> "np.dtype[Any]":
    if code != "f4":
        raise pickle.UnpicklingError(f"wanted float32 arrays, got a type '{code}'")
    return np.dtype(np.float32, copy=True)  # of its own, since the pickle goes on to change it


class _Arrays(pickle.Unpickler):
    """Knows the three names that an array's pickle mentions, and no other."""

    names = {"ndarray": _Array, "dtype": _float32, "_reconstruct": _empty}

    def find_class(self, module: str, name: str) -> Any:
        """The stand-in for one of numpy's names."""
        if name not in self.names or module not in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray"):
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self.names[name]


def read_plain_pickle(content: bytes) -> Any:
    """Dictionaries, lists, texts, numbers and float32 arrays of a pickle; ValueError for one that asks for more."""
    try:
        return _Arrays(io.BytesIO(content)).load()
    except FAULTS as error:
        raise ValueError(f"the pickle does not hold plain float32 arrays: {error}") from error
