"""Pre-activation residual blocks that double, halve or keep the size of maps.

The 1x1 convolution of a skip commutes with nearest upsampling and with average pooling, so it always runs on the
smaller map: the same function for a quarter of the work.
"""

from collections.abc import Callable
from math import sqrt

from torch import Tensor, nn
from torch.nn import functional as F

from rivalry.interfaces import Norm


def _conv(inside: int, outside: int, kernel: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, kernel, padding=kernel // 2)


def initialise_glorot(network: nn.Module) -> None:
    """Uniform Glorot weights, gain sqrt(2) inside residual branches and 1 elsewhere; biases 0."""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight, sqrt(2) if name.endswith(("first", "second")) else 1.0)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class UpBlock(nn.Module):
    """norm-ReLU-up-conv3-norm-ReLU-conv3, plus up-conv1 of the input: [N, C, h, w] -> [N, C', 2h, 2w]."""

    def __init__(self, inside: int, outside: int, norm: Callable[[int], Norm]) -> None:
        super().__init__()
        self.norm_first, self.first = norm(inside), _conv(inside, outside)
        self.norm_second, self.second = norm(outside), _conv(outside, outside)
        self.skip = _conv(inside, outside, 1)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        y = F.interpolate(F.relu(self.norm_first(x, condition)), scale_factor=2, mode="nearest")
        y = self.second(F.relu(self.norm_second(self.first(y), condition)))
        return y + F.interpolate(self.skip(x), scale_factor=2, mode="nearest")


class DownBlock(nn.Module):
    """norm-ReLU-conv3-norm-ReLU-conv3-pool, plus pool-conv1 of the input: [N, C, h, w] -> [N, C', h/2, w/2].

    Without `halve` there is no pool, and then no conv1 either if the channels stay. With `opening`, for images, the
    first norm and ReLU and the second norm are left out.
    """

    def __init__(
        self, inside: int, outside: int, norm: Callable[[int], Norm], *, halve: bool = True, opening: bool = False
    ) -> None:
        super().__init__()
        self.halve, self.opening, hidden = halve, opening, outside if opening else inside
        self.norm_first = None if opening else norm(inside)
        self.first, self.norm_second = _conv(inside, hidden), None if opening else norm(hidden)
        self.second = _conv(hidden, outside)
        self.skip = _conv(inside, outside, 1) if halve or inside != outside else None

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x if self.norm_first is None else F.relu(self.norm_first(x)))
        y = self.second(F.relu(y if self.norm_second is None else self.norm_second(y)))
        if self.halve:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        return y + (x if self.skip is None else self.skip(x))
