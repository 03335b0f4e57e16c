"""The weights of a network as matrices."""

from collections.abc import Iterator

from einops import rearrange
from torch import Tensor, nn

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
PLAIN = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def kernels_of(network: nn.Module) -> Iterator[Tensor]:
    """The weight of every linear and convolutional layer as a matrix [out, rest], as the layer uses it.

    Rows are output channels, also of transposed convolutions; embeddings are left out.
    """
    for layer in network.modules():
        if isinstance(layer, PLAIN):
            yield rearrange(layer.weight, "o ... -> o (...)")
        elif isinstance(layer, TRANSPOSED):
            yield rearrange(layer.weight, "(g i) o ... -> (g o) (i ...)", g=layer.groups)
