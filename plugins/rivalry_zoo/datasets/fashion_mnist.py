"""Fashion-MNIST."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from attrs import evolve, frozen
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry_zoo.blocks.idx import find_idx, idx_shape, read_idx
from rivalry_zoo.blocks.rows import content_hash, signed

EMBEDDED = {"train": 5_000, "test": 1_000}
STEMS = {"train": "train", "test": "t10k"}


@frozen
class FashionMNIST(Dataset):
    """Grey pictures of ten kinds of clothing: `x` (1, size, size) on [-1, 1] and `label`, of 10 classes.

    Without a `path` these are the 5,000 training and 1,000 test images that ship with the zoo, the first of each class
    in equal numbers. `path` is a folder with the original four IDX files, gzipped or not, for all 60,000 and 10,000;
    the digits of MNIST and KMNIST come in the same form. Size 32 pads the original 28 x 28 with 2 pixels of background
    (-1) on each side, because most networks halve their input several times; 14 and 16 are the means of 2 x 2 pixels of
    28 and 32, rounded to bytes, for games that shall be quick. `half` leaves only the first or the second half of the
    rows, which two data sets of one game may take so that no picture occurs in both; held-out data are halved alike.
    Raises ValueError for missing or damaged files.
    """

    name: ClassVar[str] = "fashion_mnist"
    paper: ClassVar[str] = "Xiao, Rasul & Vollgraf 2017, arXiv:1708.07747"

    size: Literal[14, 16, 28, 32] = 32
    path: str | None = None
    split: Literal["train", "test"] = "train"
    half: Literal["whole", "first", "second"] = "whole"

    def __attrs_post_init__(self) -> None:
        if self.path is not None:
            images, labels = (idx_shape(self._file(kind)) for kind in ("images-idx3", "labels-idx1"))
            if images[1:] != (28, 28) or labels != images[:1]:
                raise ValueError(f"wanted N images of 28 x 28 and N labels in {self.path}, got {images} and {labels}")

    def _file(self, kind: str) -> Path:
        return find_idx(str(self.path), f"{STEMS[self.split]}-{kind}-ubyte")

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((1, self.size, self.size), low=-1, high=1), "label": Field((), classes=10)}

    @cached_property
    def _span(self) -> slice:
        """The rows that this data set consists of, among those that are stored."""
        total = EMBEDDED[self.split] if self.path is None else idx_shape(self._file("labels-idx1"))[0]
        return slice(total // 2 if self.half == "second" else 0, total // 2 if self.half == "first" else total)

    def __len__(self) -> int:
        return self._span.stop - self._span.start

    @cached_property
    def _rows(self) -> tuple[Tensor, Tensor]:
        """The bytes [N, 1, size, size] and the labels [N]."""
        if self.path is None:
            with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as stored:
                images, labels = stored[f"{self.split}_x"], stored[f"{self.split}_label"]
        else:
            images, labels = read_idx(self._file("images-idx3")), read_idx(self._file("labels-idx1"))
            if labels.max(initial=0) > 9:
                raise ValueError(f"wanted labels 0 to 9 in {self.path}, got {labels.max()}")
        images, labels, margin = images[self._span], labels[self._span], (self.size % 14 > 0) * 2
        whole = pad(torch.tensor(images).unsqueeze(1), [margin] * 4)
        if self.size < 28:
            whole = avg_pool2d(whole.float(), 2).round().to(torch.uint8)
        return whole, torch.tensor(labels).long()

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        images, labels = self._rows
        return {"x": signed(images[indices]), "label": labels[indices]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash(dict(zip(self.fields, self._rows, strict=True)))

    def held_out(self) -> "FashionMNIST | None":
        return evolve(self, split="test") if self.split == "train" else None


@hookimpl
def rivalry_components():
    return [FashionMNIST]
