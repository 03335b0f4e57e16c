"""The same kinds of change for real and fake samples, through which gradients pass."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import pad

from rivalry.hooks import hookimpl
from rivalry.interfaces import Augment
from rivalry.marks import Draws
from rivalry.streams import Stream


@frozen
class DiffAugment(Draws, Augment):
    """Images [N, C, H, W], every one changed by numbers of its own.

    colour       adding U(-1/2, 1/2); scaling the distance from the pixel's mean over the channels by U(0, 2), which
                 leaves grey images alone; scaling the distance from the image's mean by U(1/2, 3/2)
    translation  a shift by whole pixels, up to 1/8 of the side either way, zeros moving in
    cutout       zeros in a rectangle of half the height and width, anywhere, cut at the borders

    Exactly the identity with all three off. Twice differentiable.
    """

    name: ClassVar[str] = "diffaugment"
    paper: ClassVar[str] = "Zhao, Liu, Lin, Zhu & Han 2020, arXiv:2006.10738"

    colour: bool = True
    translation: bool = True
    cutout: bool = True

    def __call__(self, x: Tensor, *, draw: Stream) -> Tensor:
        """The images [N, C, H, W], changed; ValueError for anything else."""
        if x.ndim != 4:
            raise ValueError(f"augment diffaugment wants images [N, C, H, W], got a tensor of shape {list(x.shape)}")
        if self.colour:
            x = _coloured(x, draw)
        if self.translation:
            x = _shifted(x, draw)
        return _cut(x, draw) if self.cutout else x


def _coloured(x: Tensor, draw: Stream) -> Tensor:
    brightness, saturation, contrast = draw.uniform(len(x), 3).to(x)[..., None, None, None].unbind(1)
    x = x + (brightness - 0.5)
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (2 * saturation) + grey
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * (contrast + 0.5) + mean


def _shifted(x: Tensor, draw: Stream) -> Tensor:
    def source(size: int) -> Tensor:
        """Where each place [N, size] of an axis comes from in the axis with a zero at either end."""
        most = int(size / 8 + 0.5)
        shift = draw.integers(2 * most + 1, len(x)) - most
        return (torch.arange(size, device=x.device) + shift[:, None] + 1).clamp(0, size + 1)

    rows, columns = source(x.shape[2])[:, None, :, None], source(x.shape[3])[:, None, None, :]
    sample = torch.arange(len(x), device=x.device)[:, None, None, None]
    channel = torch.arange(x.shape[1], device=x.device)[None, :, None, None]
    return pad(x, (1, 1, 1, 1))[sample, channel, rows, columns]


def _cut(x: Tensor, draw: Stream) -> Tensor:
    def inside(size: int) -> Tensor:
        """Which places [N, size] of an axis the rectangle covers."""
        length = int(size / 2 + 0.5)
        start = draw.integers(size + 1 - length % 2, len(x))[:, None] - length // 2
        place = torch.arange(size, device=x.device)
        return (place >= start) & (place < start + length)

    hole = inside(x.shape[2])[:, None, :, None] & inside(x.shape[3])[:, None, None, :]
    return torch.where(hole, 0.0, x)


@hookimpl
def rivalry_components():
    return [DiffAugment]
