"""Inception: the features that published FID, KID and inception scores are told in, from the user's own weights."""

from typing import ClassVar

import torch
from attrs import define, field
from torch import Tensor

from rivalry.cache import cache_folder
from rivalry.hooks import hookimpl
from rivalry.interfaces import Dataset, Features
from rivalry_zoo.blocks.inception_net import SIDE, Weights, load, weights_file
from rivalry_zoo.blocks.ranges import PictureRange
from rivalry_zoo.blocks.resizing import Resize, resized

CHUNK = 32
"""Pictures seen at once: about a megabyte of maps each, several times over."""


@define(eq=False)
class Inception(Features):
    """The 2048 values after the last pooling of the Inception network of 2015, with `head` for its 1008 logits.

    `path` is a file of its weights, else one of the known names in rivalry/weights of the user's cache folder is taken:
    pytorch-fid's pt_inception-2015-12-05-6726825d.pth, torch-fidelity's weights-inception-2015-12-05-6726825d.pth, or
    the TorchScript inception-2015-12-05.pt that clean-fid and StyleGAN use. Nothing is downloaded. `published` is true,
    and a metric prints its short name alone, where the file's SHA-256 is that of one of these.

    Pictures are taken in 8 bits, as files hold them, and resized to 299 x 299. `resize` says how, and the numbers of
    different ways do not compare: `clean` as clean-fid (Pillow's bicubic on floats), `legacy_pytorch` as pytorch-fid
    (bilinear without antialiasing, and values over [-1, 1]), `legacy_tensorflow` as torch-fidelity and the original
    (TensorFlow 1's bilinear). The other two take (v - 128) / 128 of v in 0..255.

    `prepare` raises ValueError for data that are no pictures of known range, and for a file that is missing, damaged or
    of another network; calls before it RuntimeError.
    """

    name: ClassVar[str] = "inception"
    paper: ClassVar[str] = (
        "Szegedy et al. 2015, arXiv:1512.00567; Heusel et al. 2017, arXiv:1706.08500; Parmar et al. 2021, "
        "arXiv:2104.11222 for the resizing"
    )
    costly: ClassVar[bool] = True

    resize: Resize = "clean"
    path: str | None = None
    published: bool = field(default=False, init=False)
    _range: PictureRange | None = field(default=None, init=False, repr=False)
    _weights: Weights | None = field(default=None, init=False, repr=False)

    def prepare(self, dataset: Dataset, device: torch.device) -> str:
        self._range = PictureRange.of(dataset)
        self._weights = load(weights_file(self.path, cache_folder("weights")), device)
        self.published = self._weights.published
        return f"inception-{self._weights.sha256[:16]}-{self.resize}-{self._range}"

    def _ready(self) -> tuple[PictureRange, Weights]:
        if self._range is None or self._weights is None:
            raise RuntimeError("the extractor has no weights yet: call prepare(dataset, device) first")
        return self._range, self._weights

    def __call__(self, samples: Tensor) -> Tensor:
        span, weights = self._ready()
        found = []
        for part in samples.split(CHUNK):
            pictures = resized((255 * span.rgb(part.to(weights.last.device))).round(), SIDE, self.resize, 255)
            middle = 127.5 if self.resize == "legacy_pytorch" else 128.0
            found.append(weights.features((pictures - middle) / middle))
        return torch.cat(found)

    def head(self, features: Tensor) -> Tensor:
        """The 1008 logits [N, 1008] of features [N, 2048], without the last layer's bias, as the inception score has
        always been computed.
        """
        _, weights = self._ready()
        return features @ weights.last.T


@hookimpl
def rivalry_components():
    return [Inception]
