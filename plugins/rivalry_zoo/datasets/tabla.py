"""A recording of a tabla."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from attrs import evolve, frozen
from torch import Tensor

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset
from rivalry.marks import Ge, Interval
from rivalry_zoo.blocks.rows import content_hash

SAMPLES = {"train": 68_000, "test": 17_392}
RATE = 8_000


@frozen
class Tabla(Dataset):
    """Windows of a recorded pair of Indian drums: `x` (1, length) on [-1, 1], at 8 kHz, a new one every `hop` samples.

    The recording (10.7 s, CC0, by lezaarth; 44.1 kHz and two channels made 8 kHz and one) ships with the zoo. The first
    8.5 s are for training and the rest is held out. It is a loop in which recorded strokes recur almost exactly, at the
    end too: what is held out shows whether a game has the right mixture, not whether it has learnt by heart. The
    default of 1,024 samples lasts 128 ms.
    """

    name: ClassVar[str] = "tabla"
    paper: ClassVar[str] = "none: a recording of Sonic Pi's samples"

    length: Annotated[int, Interval(ge=16, le=16_384)] = 1_024
    hop: Annotated[int, Ge(1)] = 16
    split: Literal["train", "test"] = "train"

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field((1, self.length), low=-1, high=1)}

    def __len__(self) -> int:
        return (SAMPLES[self.split] - self.length) // self.hop + 1

    @cached_property
    def _sound(self) -> Tensor:
        """The recording [samples] in float32, its peak 1."""
        with np.load(Path(__file__).with_suffix(".npz"), allow_pickle=False) as stored:
            train, test = np.split(stored["sound"], [SAMPLES["train"]])
        return torch.tensor(train if self.split == "train" else test).float() / 2047

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        places = self.hop * indices[:, None, None] + torch.arange(self.length)
        return {"x": self._sound[places]}

    @cached_property
    def fingerprint(self) -> str:
        return content_hash({"x": self._sound, "window": torch.tensor([self.length, self.hop])})

    def held_out(self) -> "Tabla | None":
        return evolve(self, split="test") if self.split == "train" else None


@hookimpl
def rivalry_components():
    return [Tabla]
