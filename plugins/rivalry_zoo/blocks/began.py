"""The decoder that BEGAN's generator and the autoencoder of its critic are both made of."""

from einops import rearrange
from torch import Tensor, nn


def elu_convs(inside: int, outside: int) -> list[nn.Module]:
    """Two 3x3 convolutions, each before an ELU."""
    return [nn.Conv2d(inside, outside, 3, padding=1), nn.ELU(), nn.Conv2d(outside, outside, 3, padding=1), nn.ELU()]


class EluDecoder(nn.Module):
    """Linear to width x base, then (conv3-ELU twice, nearest doubling) k times, conv3-ELU twice and conv3.

    Codes [N, code] become images [N, channels, 2^k h, 2^k w] for the base (h, w); no norm, no activation at the end.
    Equal widths throughout, as in Berthelot, Schumm & Metz 2017, arXiv:1703.10717, figure 1.
    """

    def __init__(self, code: int, channels: int, width: int, times: int, base: tuple[int, int]) -> None:
        super().__init__()
        self.base = base
        self.start = nn.Linear(code, width * base[0] * base[1])
        stack: list[nn.Module] = []
        for _ in range(times):
            stack += [*elu_convs(width, width), nn.Upsample(scale_factor=2, mode="nearest")]
        self.net = nn.Sequential(*stack, *elu_convs(width, width), nn.Conv2d(width, channels, 3, padding=1))

    def forward(self, code: Tensor) -> Tensor:
        height, width = self.base
        return self.net(rearrange(self.start(code), "n (c h w) -> n c h w", h=height, w=width))
