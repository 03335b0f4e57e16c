"""The IDX format of the MNIST family: a magic number, big-endian sizes, then unsigned bytes; plain or gzipped."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

Bytes = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


def find_idx(folder: str, stem: str) -> Path:
    """`stem` or `stem.gz` in the folder; ValueError names what is missing."""
    root = Path(folder).expanduser()
    for path in (root / stem, root / f"{stem}.gz"):
        if path.is_file():
            return path
    raise ValueError(f"no file {stem} or {stem}.gz in {root}")


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ValueError(f"{path} is not a sound gzip file: {error}") from error


def _header(file: IO[bytes], path: Path) -> tuple[int, ...]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[3] == 0:
        raise ValueError(f"{path} is not an IDX file: it begins with {magic.hex(' ') or 'nothing'}")
    if magic[2] != 8:
        raise ValueError(f"{path} holds IDX type 0x{magic[2]:02x}; wanted unsigned bytes (0x08)")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise ValueError(f"{path} ends within its header")
    return tuple(int(size) for size in np.frombuffer(sizes, ">u4"))


def idx_shape(path: Path) -> tuple[int, ...]:
    """The shape that the header states; no data is read."""
    with _opened(path) as file:
        return _header(file, path)


def read_idx(path: Path) -> Bytes:
    """The whole array; ValueError where the file holds more or fewer bytes than its header states."""
    with _opened(path) as file:
        shape = _header(file, path)
        # One byte more than wanted: enough to see a surplus, however much a gzip file would unpack to.
        data = file.read(prod(shape) + 1)
    if len(data) != prod(shape):
        got = "more" if len(data) > prod(shape) else str(len(data))
        raise ValueError(f"{path} should hold {prod(shape)} bytes of data by its header, but holds {got}")
    return np.frombuffer(data, np.uint8).reshape(shape)
