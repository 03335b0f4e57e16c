"""English words, letter by letter."""

import gzip
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from attrs import evolve, frozen
from einops import rearrange
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry_zoo.blocks.rows import content_hash

ALPHABET = " abcdefghijklmnopqrstuvwxyz"


@frozen
class Words(Dataset):
    """English words of `shortest` to `length` letters, one-hot: `x` (27, length) of 0 and 1, a column a letter.

    The symbols are the space and a to z, in this order; a short word ends in spaces. The 24,972 words of 3 to 8 letters
    ship with the zoo (from SCOWL, whose licence lies beside them). Every tenth word, in an order shuffled once and for
    all, is held out. Raises ValueError for `shortest` above `length`.
    """

    name: ClassVar[str] = "words"
    paper: ClassVar[str] = "none: SCOWL, Kevin Atkinson's spell checker oriented word lists"

    length: Literal[3, 4, 5, 6, 7, 8] = 8
    shortest: Literal[3, 4, 5, 6, 7, 8] = 3
    split: Literal["train", "test"] = "train"

    def __attrs_post_init__(self) -> None:
        if self.shortest > self.length:
            raise ValueError(f"wanted shortest of at most the length {self.length}, got {self.shortest}")

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((len(ALPHABET), self.length), low=0, high=1)}

    def __len__(self) -> int:
        return len(self._codes)

    @cached_property
    def _codes(self) -> Tensor:
        """The words as numbers of symbols [N, length]."""
        text = gzip.decompress(Path(__file__).with_name("words.txt.gz").read_bytes()).decode("ascii")
        words = [word for word in text.split("\n") if self.shortest <= len(word) <= self.length]
        order = np.random.Generator(np.random.PCG64(0)).permutation(len(words))
        padded = "".join(word.ljust(self.length) for word in words).encode("ascii")
        letters = np.frombuffer(padded, np.uint8).reshape(-1, self.length)[order].astype(np.int64)
        held_out = np.arange(len(words)) % 10 == 0
        kept = letters[held_out if self.split == "test" else ~held_out]
        return torch.from_numpy(np.where(kept == ord(" "), 0, kept - ord("a") + 1))

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        hot = self._codes[indices].unsqueeze(-1) == torch.arange(len(ALPHABET))
        return {"x": rearrange(hot.float(), "n l v -> n v l").contiguous()}

    def text(self, x: Tensor) -> list[str]:
        """Samples [N, 27, length], logits or probabilities, as their likeliest words."""
        return ["".join(ALPHABET[code] for code in row).rstrip() for row in x.argmax(1).tolist()]

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._codes})

    def held_out(self) -> "Words | None":
        return evolve(self, split="test") if self.split == "train" else None


@hookimpl
def rivalry_components():
    return [Words]
