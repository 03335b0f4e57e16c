"""Strided convolutions that halve an image to a small base: the body of critics and encoders alike."""

from collections.abc import Callable

from torch import nn

from rivalry.interfaces import Norm
from rivalry_zoo.blocks.layers import normed


def strided(
    channels: int, width: int, times: int, norm: Callable[[int], Norm], bias: bool = False
) -> tuple[nn.Sequential, dict[str, int], int]:
    """`times` convolutions of 4x4 and stride 2, width * 2^i channels, norm on all but the first, LeakyReLU(0.2).

    With them, the place in the stack where each is done (conv1, conv2, ..., after norm and rectifier), and the number
    of channels at the end.
    """
    stack: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1, bias=bias), nn.LeakyReLU(0.2, inplace=True)]
    places, top = {"conv1": 1}, width
    for number in range(2, times + 1):
        stack += [nn.Conv2d(top, top * 2, 4, 2, 1, bias=bias), *normed(norm(top * 2), 0.2)]
        places[f"conv{number}"], top = len(stack) - 1, top * 2
    return nn.Sequential(*stack), places, top
