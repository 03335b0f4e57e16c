"""Layers without their biases as the linear maps that they are, and the power method on them."""

from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn import functional as F

AHEAD = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
BACK = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@frozen
class Matrix:
    """A weight as a matrix [outputs, rest]; `transposed` for a weight [inputs, outputs, ...]."""

    transposed: bool

    def _of(self, weight: Tensor) -> Tensor:
        return (weight.transpose(0, 1) if self.transposed else weight).flatten(1)

    def any_input(self, weight: Tensor) -> Tensor:
        """A normally distributed vector of the kind that it maps."""
        return torch.randn_like(self._of(weight)[0])

    def ahead(self, weight: Tensor, v: Tensor) -> Tensor:
        """W v."""
        return self._of(weight) @ v

    def back(self, weight: Tensor, u: Tensor) -> Tensor:
        """W' u."""
        return u @ self._of(weight)


@frozen
class Convolution:
    """A convolution of maps [1, C, *size], zeros around, as a linear map."""

    inside: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    rest: tuple[int, ...]
    """The last places of each side that no kernel reaches."""

    def any_input(self, weight: Tensor) -> Tensor:
        """Normally distributed maps."""
        return torch.randn(1, self.inside, *self.size, dtype=weight.dtype, device=weight.device)

    def ahead(self, weight: Tensor, v: Tensor) -> Tensor:
        """The convolution of v."""
        return AHEAD[len(self.size)](v, weight, None, self.stride, self.padding, self.dilation, self.groups)

    def back(self, weight: Tensor, u: Tensor) -> Tensor:
        """The transposed map of u, which is the gradient of <u, ahead(v)> by v."""
        return BACK[len(self.size)](u, weight, None, self.stride, self.padding, self.rest, self.groups, self.dilation)


LinearMap = Matrix | Convolution


def matrix(layer: nn.Module) -> Matrix:
    """A layer's weight as a matrix, outputs first: kernels [C', C kh kw] for convolutions, transposed or not."""
    return Matrix(isinstance(layer, TRANSPOSED))


def convolution(layer: Any, side: int) -> Convolution:
    """A convolution, transposed or not, on maps whose sides are all `side`; ValueError for what zeros do not pad.

    A transposed one is the transposed map of the convolution from its outputs to its inputs, which has the same norm.
    """
    kernel, stride, dilation = layer.kernel_size, layer.stride, layer.dilation
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    padding = layer.padding
    if padding in ("same", "valid"):
        padding = tuple(r // 2 if padding == "same" else 0 for r in reach)
        odd = layer.padding == "same" and any(r % 2 for r in reach)
    else:
        odd = False
    if layer.padding_mode != "zeros" or odd:
        raise ValueError(
            "the norm of a convolution wants zeros around its maps, equally many on all sides, "
            f"got padding={layer.padding}, padding_mode='{layer.padding_mode}'; take of: matrix"
        )
    steps = list(zip(stride, padding, reach))
    sides, inside = [side] * len(kernel), layer.in_channels
    if isinstance(layer, TRANSPOSED):
        sides = [(side - 1) * s - 2 * p + r + 1 + more for (s, p, r), more in zip(steps, layer.output_padding)]
        inside = layer.out_channels
    room = [n + 2 * p - r - 1 for n, (_, p, r) in zip(sides, steps)]
    if min(room) < 0:
        raise ValueError(f"wanted a size that the kernel {kernel} fits, got {side}; take size: {side - min(room)}")
    rest = tuple(n % s for n, s in zip(room, stride))
    return Convolution(inside, tuple(sides), stride, padding, dilation, layer.groups, rest)


def unit(x: Tensor, eps: float) -> Tensor:
    """x / max(|x|, eps)."""
    return x / torch.linalg.vector_norm(x).clamp_min(eps)


def weights_a_output(layer: Any) -> float:
    """How many weights reach one value of a layer's output: on average, where a stride spreads a transposed kernel."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    every = layer.in_channels // layer.groups
    for kernel, stride in zip(layer.kernel_size, layer.stride):
        every *= kernel / (stride if isinstance(layer, TRANSPOSED) else 1)
    return every


def started(layer: Any, name: str) -> None:
    """ValueError for a weight of zeros, which has no direction."""
    if not layer.weight.is_meta and not layer.weight.any():
        raise ValueError(
            f"weight norm {name} wants weights other than zero, got a {type(layer).__name__} that starts at zero; "
            f"leave this network without a weight norm, or take equalised"
        )
