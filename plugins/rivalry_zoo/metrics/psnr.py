"""PSNR: the mean squared error of pictures, in decibels below the square of their range."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from einops import einsum, reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.structural import exact_pictures
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.mean import mean

MOST = 100.0
"""What equal pictures score, in decibels, and the most that any score."""
LUMA = (65.481 / 255, 128.553 / 255, 24.966 / 255)
"""Y of BT.601 from R, G, B, without its offset, in units of the range."""


def decibels(first: Tensor, second: Tensor, span: float, luma: bool = False, crop: int = 0) -> Tensor:
    """10 log10(span^2 / MSE) [N] of pictures [N, C, H, W], at most `MOST`; float64.

    `luma` compares Y = (65.481 R + 128.553 G + 24.966 B) / 255, not rounded, still against the whole range; `crop`
    leaves that many pixels off at each edge. ValueError for shapes that are not one, for NaN or infinity, where nothing
    is left, and for luma of other than three channels.
    """
    first, second = exact_pictures(first, second, 2 * crop + 1)
    gaps = first - second
    if luma:
        if gaps.shape[1] != 3:
            raise ValueError(f"luma is that of red, green and blue, but pictures have {gaps.shape[1]} channels")
        gaps = einsum(gaps, gaps.new_tensor(LUMA), "n c h w, c -> n h w")
    height, width = gaps.shape[-2:]
    inner = gaps[..., crop : height - crop, crop : width - crop]
    return (10 * torch.log10(span**2 / reduce(inner**2, "n ... -> n", "mean"))).clamp(max=MOST)


def psnr(first: Tensor, second: Tensor, span: float = 2.0, luma: bool = False, crop: int = 0) -> Score:
    """The mean of `decibels` over pictures, with its standard error (None for one picture)."""
    return mean(decibels(first, second, span, luma, crop))


@frozen
class Psnr(Metric):
    """`psnr` of pictures and what they should be, as in `of: [G(low), x]`, in decibels; higher is better.

    10 log10((high - low)^2 / MSE) of each picture, then the mean: a wholly wrong picture scores 0. `low` and `high` are
    the ends of the values' range, beyond which nothing is clipped. Equal pictures would score infinity, which no mean
    survives: a picture counts 100 dB at most, as if its values were off by 1e-5 of the range. Papers on
    super-resolution set `luma` and `crop` to the factor; both are off here. ValueError unless high is above low.
    """

    name: ClassVar[str] = "psnr"
    paper: ClassVar[str] = "none: elementary; luma and border as in Dong et al. 2014, arXiv:1501.00092"
    direction: ClassVar = "higher"
    range: ClassVar = (-inf, MOST)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    low: float = -1.0
    high: float = 1.0
    luma: bool = False
    crop: Annotated[int, Ge(0)] = 0
    features: Features = field(default=SAMPLES, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.high > self.low:
            raise ValueError(f"high must be above low, but they are {self.high} and {self.low}: exchange them")

    def compute(self, first: Tensor, second: Tensor) -> Score:
        return psnr(first, second, self.high - self.low, self.luma, self.crop)


@hookimpl
def rivalry_components():
    return [Psnr]
