"""Residual blocks of group norm and swish, as diffusion models and quantising autoencoders have them."""

from torch import Tensor, nn
from torch.nn import functional as F

from rivalry_zoo.norms.group import GroupNorm


def group_norm(channels: int) -> GroupNorm:
    """Group norm in its default groups, with the eps of these networks."""
    return GroupNorm(channels, eps=1e-6)


class GroupedBlock(nn.Module):
    """norm-swish-conv3-norm-swish-conv3 plus the input (conv1 where channels change): [N, C, h, w] -> [N, C', h, w].

    A code [N, told] is added between the convolutions by a linear layer after swish. The last convolution starts at
    zero, so that the block starts as its skip.
    """

    def __init__(self, inside: int, outside: int, told: int = 0) -> None:
        super().__init__()
        self.norm_first, self.first = group_norm(inside), nn.Conv2d(inside, outside, 3, padding=1)
        self.norm_second, self.second = group_norm(outside), nn.Conv2d(outside, outside, 3, padding=1)
        self.told = nn.Linear(told, outside) if told else None
        self.skip = nn.Identity() if inside == outside else nn.Conv2d(inside, outside, 1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, code: Tensor | None = None) -> Tensor:
        y = self.first(F.silu(self.norm_first(x)))
        if self.told is not None and code is not None:
            y = y + self.told(F.silu(code))[:, :, None, None]
        return self.skip(x) + self.second(F.silu(self.norm_second(y)))


class Doubled(nn.Module):
    """Nearest upsampling by two, then conv3."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


def halved(channels: int) -> nn.Conv2d:
    """A conv3 of stride 2."""
    return nn.Conv2d(channels, channels, 3, stride=2, padding=1)


def divisible(height: int, width: int, factor: int, owner: str) -> None:
    """ValueError with the nearest sizes unless both sides are multiples of a factor."""
    if height % factor or width % factor:
        low, high = (tuple(max(factor, side // factor * factor + more) for side in (height, width))
                     for more in (0, factor))  # fmt: skip
        raise ValueError(
            f"{owner} wants sides that are multiples of {factor}, got {height}x{width}; "
            f"the nearest sizes are {low[0]}x{low[1]} or {high[0]}x{high[1]}, or take fewer levels"
        )
