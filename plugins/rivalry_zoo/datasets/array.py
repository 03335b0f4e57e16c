"""Arrays, from a file or from memory."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry_zoo.blocks.arrays import (
    Header,
    check_headers,
    field_of,
    labels_of,
    live_arrays,
    read_array,
    read_headers,
    stored,
)
from rivalry_zoo.blocks.rows import Values, content_hash, gathered


@frozen
class Array(Dataset):
    """The arrays of a `.npz` file by their names, or that of a `.npy` file as `x`; each [N, ...], one row per example.

    - Bytes are pictures on [-1, 1]: [N, C, H, W]; [N, H, W, C] where the last size is 1, 3 or 4 and the second is not;
      or [N, H, W], grey. Bytes of any other number of dimensions keep their shape.
    - An integer vector [N] holds labels; there is one class more than the largest label, and each one's share is known.
    - Floats are taken as they are. `low` and `high` declare their bounds, which are checked when the data is read.

    `keys` says which arrays to take, and as what: `{x: images, label: y}`; by default all, `x` first. Nothing is ever
    unpickled. Raises ValueError for files, types, shapes, lengths and values that cannot be data, NaN among them.
    `Array.of(data)` takes data from memory, and finds the bounds [-1, 1] by looking.
    """

    name: ClassVar[str] = "array"
    paper: ClassVar[str] = "none: the user's own data"

    path: str | None = None
    keys: dict[str, str] | None = None
    low: float | None = None
    high: float | None = None
    _live: dict[str, Values] | None = attrs.field(init=False, default=None, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if (self.low is None) != (self.high is None) or (self.low is not None and not self.low < self.high):
            raise ValueError(f"wanted low below high, or neither, got low {self.low} and high {self.high}")
        if self.path is None:
            return
        file = Path(self.path).expanduser()
        if file.suffix not in (".npy", ".npz") or not file.is_file():
            raise ValueError(f"wanted a .npy or .npz file, got {self.path}")
        self.fields  # noqa: B018 (faults of the file are the constructor's, so that a check of the spec finds them)

    @classmethod
    def of(cls, data: Any) -> "Array":
        """A data set of a tensor, an array, a dictionary of them, or a map-style torch data set (all of it is read).

        The items of a torch data set are x, (x, label) or dictionaries.
        """
        arrays = live_arrays(data)
        check_headers({name: Header(values.dtype, values.shape) for name, values in arrays.items()})
        live = {name: stored(name, arrays[name]) for name in sorted(arrays, key=lambda name: name != "x")}
        floats = [values for values in live.values() if values.dtype == np.float32]
        bounded = bool(floats) and all(values.min() >= -1 and values.max() <= 1 for values in floats)
        dataset = cls(low=-1.0, high=1.0) if bounded else cls()
        object.__setattr__(dataset, "_live", live)
        return dataset

    @cached_property
    def _headers(self) -> dict[str, Header]:
        """By field."""
        if self._live is not None:
            return {name: Header(values.dtype, values.shape) for name, values in self._live.items()}
        if self.path is None:
            raise ValueError("this array's data was live: hand it in again, or give the path of a .npy or .npz file")
        found = read_headers(Path(self.path).expanduser())
        keys = self.keys or {name: name for name in sorted(found, key=lambda name: name != "x")}
        if missing := [key for key in keys.values() if key not in found]:
            raise ValueError(f"{self.path} holds {', '.join(found)}, but not {', '.join(missing)}")
        headers = {name: found[key] for name, key in keys.items()}
        check_headers(headers)
        return headers

    def _read(self, name: str) -> Values:
        if self._live is not None:
            return self._live[name]
        return stored(name, read_array(Path(str(self.path)).expanduser(), (self.keys or {}).get(name, name)))

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        labels = {name: labels_of(name, self._read(name)) for name, head in self._headers.items() if head.is_label}
        return {n: labels.get(n) or field_of(head, self.low, self.high) for n, head in self._headers.items()}

    def __len__(self) -> int:
        return next(iter(self._headers.values())).shape[0]

    @cached_property
    def _rows(self) -> dict[str, Values]:
        rows = {name: self._read(name) for name in self.fields}
        for name, values in rows.items():
            if self.low is not None and values.dtype == np.float32:
                least, most = float(values.min()), float(values.max())
                if least < self.low or most > float(self.high):
                    raise ValueError(
                        f"{name} runs from {least:g} to {most:g}; declared were {self.low:g} to {self.high:g}"
                    )
        return rows

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {n: gathered(rows, indices, self._headers[n].channels_last) for n, rows in self._rows.items()}

    @cached_property
    def fingerprint(self) -> str:
        turned = {n: np.moveaxis(r, 3, 1) if self._headers[n].channels_last else r for n, r in self._rows.items()}
        return content_hash(turned)


@hookimpl
def rivalry_components():
    return [Array]
