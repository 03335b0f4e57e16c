"""EfficientNet-lite0: what a small classifier of photographs sees, and which of 1000 things it takes it for."""

from typing import Annotated, ClassVar

import torch
from attrs import define, field
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from rivalry.cache import cache_folder
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset, Features
from rivalry.marks import Ge
from rivalry_zoo.blocks.judging import digest
from rivalry_zoo.blocks.lite_net import LiteNet, lite_net
from rivalry_zoo.blocks.ranges import PictureRange
from rivalry_zoo.blocks.resizing import resized

CHUNK = 32
"""Pictures seen at once: some 10 MB of maps each."""


def load() -> dict[str, Tensor]:
    """The fetched weights; ValueError in words where they are missing or damaged."""
    path = cache_folder("downloads", "efficientnet_lite0") / "efficientnet_lite0.safetensors"
    if not path.is_file():
        raise ValueError(
            "the weights of efficientnet_lite0 are missing: fetch them with `rivalry data fetch efficientnet_lite0`"
        )
    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"the weights in {path} are damaged ({error}): remove the file and fetch it again") from None


@define(eq=False)
class EfficientNetLite0(Features):
    """The mean [N, 1280] over positions of the last map, with `head` for the 1000 logits of ImageNet's classes.

    Pictures are resized to `side` (Pillow's bicubic; 224 as in training, smaller is quicker and sees less) and taken as
    (v - 127) / 128 of v in 0..255; grey ones as RGB, values beyond the data's range at its ends. `prepare` raises
    ValueError for data that are no pictures of known range and for missing weights, which `rivalry data fetch
    efficientnet_lite0` brings; calls before it RuntimeError.
    """

    name: ClassVar[str] = "efficientnet_lite0"
    paper: ClassVar[str] = "Tan & Le 2019, arXiv:1905.11946, in its published variant for small devices"
    costly: ClassVar[bool] = True

    side: Annotated[int, Ge(32)] = 224
    resize: str | None = field(default="clean", init=False)
    _range: PictureRange | None = field(default=None, init=False, repr=False)
    _network: LiteNet | None = field(default=None, init=False, repr=False)

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        self._range, weights = PictureRange.of(dataset), load()
        self._network = lite_net(weights).to(device)
        return f"efficientnet_lite0-{digest(weights)}-clean {self.side}-{self._range}"

    def _ready(self) -> tuple[PictureRange, LiteNet]:
        if self._range is None or self._network is None:
            raise RuntimeError("the extractor has no weights yet: call prepare(dataset, device) first")
        return self._range, self._network

    def __call__(self, samples: Tensor) -> Tensor:
        span, network = self._ready()
        device, found = next(network.parameters()).device, []
        for part in samples.split(CHUNK):
            pictures = resized(span.rgb(part.to(device)), self.side)
            found.append(network((255 * pictures - 127) / 128))
        return torch.cat(found)

    def head(self, features: Tensor) -> Tensor:
        """The logits [N, 1000] of features [N, 1280]."""
        return self._ready()[1].logits(features)

    def classify(self, samples: Tensor) -> Tensor:
        """The likeliest of ImageNet's 1000 classes [N] for samples [N, C, H, W]."""
        return self.head(self(samples)).argmax(1)


@hookimpl
def rivalry_components():
    return [EfficientNetLite0]
