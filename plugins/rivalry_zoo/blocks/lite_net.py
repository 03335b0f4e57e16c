"""EfficientNet-lite0: a small photograph classifier without squeezing and with ReLU6, under its own weights' names."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, relu6

STAGES = (
    (1, 16, 1, 3, 1), (6, 24, 2, 3, 2), (6, 40, 2, 5, 2), (6, 80, 3, 3, 2), (6, 112, 3, 5, 1), (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)  # fmt: skip
"""Widening, outputs, blocks, kernel, and stride of the first block."""


class SameConv(nn.Conv2d):
    """A convolution of ceil(size / stride) outputs; an odd pixel of padding comes last, as in TensorFlow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        missing = [max(((size - 1) // stride) * stride + kernel - size, 0) for size in reversed(x.shape[2:])]
        around = [side for total in missing for side in (total // 2, total - total // 2)]
        return super().forward(pad(x, around))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class LiteBlock(nn.Module):
    """Widen, look at each channel alone, narrow; added to the input where shapes agree."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, widening: int) -> None:
        super().__init__()
        width = inputs * widening
        if widening > 1:
            self._expand_conv, self._bn0 = SameConv(inputs, width, 1), _norm(width)
        self._depthwise_conv, self._bn1 = SameConv(width, width, kernel, stride, groups=width), _norm(width)
        self._project_conv, self._bn2 = SameConv(width, outputs, 1), _norm(outputs)
        self._widens, self._adds = widening > 1, stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = relu6(self._bn0(self._expand_conv(x))) if self._widens else x
        y = relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self._adds else y


class LiteNet(nn.Module):
    """RGB pictures [N, 3, H, W], standardised, to features [N, 1280]; `_fc` makes 1000 logits of these."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [
            (outputs, kernel, stride if number == 0 else 1, widening)
            for widening, outputs, count, kernel, stride in STAGES
            for number in range(count)
        ]
        widths = [32, *(outputs for outputs, *_ in blocks)]
        self._conv_stem, self._bn0 = SameConv(3, 32, 3, 2), _norm(32)
        self._blocks = nn.ModuleList(
            LiteBlock(inputs, outputs, *own) for (inputs, outputs), (_, *own) in zip(pairwise(widths), blocks)
        )
        self._conv_head, self._bn1 = SameConv(320, 1280, 1), _norm(1280)
        self._fc = nn.Linear(1280, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = relu6(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        return relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def logits(self, features: Tensor) -> Tensor:
        return self._fc(features)


def lite_net(state: dict[str, Tensor]) -> LiteNet:
    """The network with these weights; ValueError in words for those of another."""
    with torch.device("meta"):
        network = LiteNet()
    wanted, found = ({key: value.shape for key, value in own.items()} for own in (network.state_dict(), state))
    if wrong := sorted(key for key in wanted | found if wanted.get(key) != found.get(key)):
        raise ValueError(f"the weights are not those of efficientnet_lite0 (see {wrong[0]})")
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(False)
