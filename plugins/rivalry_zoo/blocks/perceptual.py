"""What extractors through a photograph classifier's convolutions have in common."""

from typing import ClassVar

import torch
from torch import Tensor

from rivalry.interfaces import Dataset, Features
from rivalry_zoo.blocks.lpips import Lens, Trunk, prepared


class Perceptual(Features):
    """The mean over positions of one of a trunk's maps, and LPIPS. A subclass names the trunk, and has a `layer`, by
    default its last, and the `side` that pictures are resized to, None for their own.
    """

    costly: ClassVar[bool] = True
    trunk: ClassVar[Trunk]

    layer: str
    side: int | None
    _lens: Lens | None = None

    @property
    def resize(self) -> str | None:
        """Pillow's antialiased bicubic, or nothing."""
        return None if self.side is None else "clean"

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        self._lens = Lens.ready(self.trunk, self.side, dataset, device)
        return self._lens.fingerprint(self.layer)

    def __call__(self, samples: Tensor) -> Tensor:
        return prepared(self._lens).vectors(samples, self.layer)

    def distance(self, first: Tensor, second: Tensor) -> Tensor:
        """LPIPS [N] of samples [N, C, H, W], each from its partner."""
        return prepared(self._lens).distances(first, second)
