"""Arrays that a user brings: what they are taken for, and how they are read."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen
from torch import Tensor
from torch.utils.data import IterableDataset

from rivalry.fields import Field, Shape
from rivalry_zoo.blocks.rows import Values


@frozen
class Header:
    """Type and shape of a stored array [N, ...]."""

    dtype: np.dtype[Any]
    shape: Shape

    @property
    def is_label(self) -> bool:
        """An integer vector holds labels."""
        return self.dtype.kind in "iu" and len(self.shape) == 1

    @property
    def is_bytes(self) -> bool:
        """Bytes of more than one dimension are pixels."""
        return self.dtype == np.uint8 and not self.is_label

    @property
    def channels_last(self) -> bool:
        """Bytes [N, H, W, C]: the last size is a number of channels (1, 3 or 4) and the second is not."""
        channels = (1, 3, 4)
        return self.is_bytes and len(self.shape) == 4 and self.shape[3] in channels and self.shape[1] not in channels

    @property
    def sample(self) -> Shape:
        """The shape of one row, channels first; bytes [N, H, W] are grey pictures."""
        rest = self.shape[1:]
        if self.channels_last:
            return (rest[2], *rest[:2])
        return (1, *rest) if self.is_bytes and len(rest) == 2 else rest


def check_headers(headers: Mapping[str, Header]) -> None:
    """ValueError for types and shapes that cannot be a data set's."""
    if not headers:
        raise ValueError("wanted at least one array, got none")
    for name, header in headers.items():
        wanted = "wanted bytes (uint8 pictures), floats, or an integer vector of labels"
        if header.dtype.kind != "f" and not header.is_label and not header.is_bytes:
            raise ValueError(f"{name} holds {header.dtype} of shape {header.shape}: {wanted}")
        if not header.shape or 0 in header.shape:
            raise ValueError(f"{name} has shape {header.shape}: wanted at least one row, and no size of 0")
    lengths = {name: header.shape[0] for name, header in headers.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"all arrays must have the same number of rows: {told}")


def labels_of(name: str, labels: Values) -> Field:
    """The field of labels: one class more than the largest, and each one's share; ValueError for a negative label.

    Where there are more classes than labels these are no classes of examples, and no shares are listed.
    """
    if labels.min() < 0:
        raise ValueError(f"{name} must hold labels from 0, got {labels.min()}")
    classes = int(labels.max()) + 1
    counts = np.bincount(labels.astype(np.int64), minlength=classes) if classes <= len(labels) else None
    return Field((), classes=classes, frequencies=None if counts is None else tuple(counts / len(labels)))


def stored(name: str, values: Values) -> Values:
    """The array in its final type: bytes as they are, labels int64, the rest float32 and finite."""
    header = Header(values.dtype, values.shape)
    if header.is_label:
        return values.astype(np.int64)
    if header.is_bytes:
        values = values.reshape(len(values), *header.sample) if values.ndim == 3 else values
    else:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32, copy=False)
        _refuse_nonfinite(name, values)
    # What torch can share: not read-only, not strided backwards. A mapped file passes as it is.
    return np.require(values, requirements=["C", "W"])


def _refuse_nonfinite(name: str, values: Values) -> None:
    step = max(1, (1 << 24) // max(1, values[:1].size))
    for start in range(0, len(values), step):
        chunk = values[start : start + step]
        sound = np.isfinite(chunk)
        if not sound.all():
            place = tuple(np.argwhere(~sound)[0])
            raise ValueError(f"{name} holds {chunk[place]} in row {start + place[0]}; wanted finite floats")


def read_headers(path: Path) -> dict[str, Header]:
    """Types and shapes in a .npy file (one array, called x) or a .npz file, without reading the data."""
    try:
        if path.suffix == ".npy":
            array = np.load(path, mmap_mode="c", allow_pickle=False)
            return {"x": Header(array.dtype, array.shape)}
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.namelist() if member.endswith(".npy")]
            return {member.removesuffix(".npy"): _member(archive, member) for member in members}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as arrays of numbers: {error}") from error


def _member(archive: zipfile.ZipFile, member: str) -> Header:
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"{member} is of npy version {version}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        return Header(dtype, shape)


def read_array(path: Path, key: str) -> Values:
    """One array of the file; that of a .npy file stays on disk and is mapped."""
    try:
        loaded = np.load(path, mmap_mode="c", allow_pickle=False)
        if path.suffix == ".npy":
            return loaded
        with loaded:
            return loaded[key]
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{key} of {path} cannot be read: {error}") from error


def _plain(values: Any) -> Values:
    if isinstance(values, Tensor):
        # NumPy has no bfloat16, and floats end in single precision anyway.
        return (values.float() if values.is_floating_point() else values).numpy(force=True)
    return np.asarray(values)


def _row(index: int, item: Any) -> dict[str, Values]:
    if isinstance(item, Mapping):
        return {str(name): _plain(value) for name, value in item.items()}
    parts = item if isinstance(item, tuple | list) else (item,)
    if len(parts) > 2:
        raise ValueError(
            f"item {index} has {len(parts)} parts; wanted x, or (x, label), or a dictionary that names them"
        )
    return {name: _plain(part) for name, part in zip(("x", "label"), parts, strict=False)}


def live_arrays(data: Any) -> dict[str, Values]:
    """Named arrays from a tensor, an array, a mapping of these, or a map-style data set of x, (x, label), mappings."""
    if isinstance(data, Tensor | np.ndarray):
        return {"x": _plain(data)}
    if isinstance(data, Mapping):
        return {str(name): _plain(values) for name, values in data.items()}
    if isinstance(data, IterableDataset) or not (hasattr(data, "__getitem__") and hasattr(data, "__len__")):
        kind = type(data).__name__
        raise ValueError(f"wanted a tensor, an array, a mapping of them or a data set with len and [i], got {kind}")
    rows = [_row(index, data[index]) for index in range(len(data))]
    if not rows:
        raise ValueError("the data set is empty")
    for index, row in enumerate(rows):
        for name in rows[0].keys() | row.keys():
            shapes = [part[name].shape if name in part else "nothing" for part in (rows[0], row)]
            if shapes[0] != shapes[1]:
                raise ValueError(f"{name} of item {index} is {shapes[1]} where item 0 has {shapes[0]}")
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


def field_of(header: Header, low: float | None, high: float | None) -> Field:
    """The field that an array of bytes or floats makes."""
    return Field(header.sample, low=-1, high=1) if header.is_bytes else Field(header.sample, low=low, high=high)
