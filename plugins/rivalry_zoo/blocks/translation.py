"""The residual block of networks that translate images."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from rivalry.interfaces import Norm
from rivalry_zoo.blocks.layers import normed, shifts

Padding = Literal["reflect", "zeros"]


def same_conv(inside: int, outside: int, kernel: int, padding: Padding, bias: bool) -> nn.Conv2d:
    """A convolution that keeps the size of maps."""
    return nn.Conv2d(inside, outside, kernel, padding=kernel // 2, padding_mode=padding, bias=bias)


class PostActivationBlock(nn.Module):
    """x + norm(conv3(ReLU(norm(conv3(x))))): [N, C, h, w] as it came, nothing after the sum (Johnson et al. 2016)."""

    def __init__(self, width: int, norm: Callable[[int], Norm], padding: Padding) -> None:
        super().__init__()
        first, last = norm(width), norm(width)
        self.net = nn.Sequential(
            same_conv(width, width, 3, padding, not shifts(first)),
            *normed(first),
            same_conv(width, width, 3, padding, not shifts(last)),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.net(x)
