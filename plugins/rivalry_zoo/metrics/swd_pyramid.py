"""Sliced Wasserstein of a pyramid's patches: how far two sets of pictures are apart at each scale of detail."""

from math import inf, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.feature_sets import spans
from rivalry_zoo.blocks.pyramids import laplacian_pyramid, random_patches
from rivalry_zoo.blocks.quantiles import transport_costs
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.sliced_wasserstein import directions_on_sphere

PICTURES = 256
"""Pictures whose pyramids are held at a time."""

FAINT = 1e-5
"""Deviations below this part of the pictures' own size are rounding, not detail."""


def _checked(pictures: Tensor, name: str) -> Tensor:
    if pictures.ndim != 4 or pictures.numel() == 0:
        raise ValueError(f"{name} must be pictures [N, C, H, W], at least one, not of shape {list(pictures.shape)}")
    if not pictures.isfinite().all():
        raise ValueError(f"{name} must be finite, but holds NaN or infinity: look for a diverged generator")
    return pictures.detach().float()


def _sizes(height: int, width: int, smallest: int) -> list[tuple[int, int]]:
    """Heights and widths of the levels, finest first, down to the last whose sides are both at least `smallest`."""
    if min(height, width) < smallest:
        raise ValueError(
            f"wanted pictures of at least {smallest} x {smallest}, got {height} x {width}: lower smallest (and patch)"
        )
    sizes = [(height, width)]
    while min(half := tuple(-(-side // 2) for side in sizes[-1])) >= smallest:
        sizes.append(half)
    return sizes


def _descriptors(pictures: Tensor, levels: int, level: int, patches: int, patch: int, seed: int) -> Tensor:
    """Patches of one level as rows [N patches, C patch^2], each channel of mean 0 and deviation 1 over all of them."""
    draw = torch.Generator().manual_seed(seed)
    parts = [
        random_patches(laplacian_pyramid(some, levels)[level], patches, patch, draw)
        for some in pictures.split(PICTURES)
    ]
    found = torch.cat(parts)
    deviation, mean = torch.std_mean(found, (0, 2, 3), correction=0, keepdim=True)
    loudness = pictures.square().mean((0, 2, 3))[:, None, None].sqrt()
    found -= mean
    found /= deviation.where(deviation > FAINT * loudness, inf)
    return rearrange(found, "n c h w -> n (c h w)")


def pyramid_distances(
    real: Tensor,
    fake: Tensor,
    smallest: int = 16,
    patch: int = 7,
    patches: int = 128,
    directions: int = 512,
    seed: int = 0,
) -> dict[int, Score]:
    """Height of each level of a Laplacian pyramid, finest first -> 1000 times the sliced Wasserstein distance there.

    Pictures real [N, C, H, W] and fake [M, C, H, W]. A level is half as large as the one before, by the 5-tap binomial
    filter; the last, of at least `smallest` x `smallest`, is what is left of the picture. From each picture of a level
    `patches` patches of patch x patch with all channels are drawn; each channel of a set's patches is brought to mean 0
    and deviation 1, so that units do not matter; the distance is the mean over `directions` random directions of the
    mean difference of sorted projections. Both sets are cut at the same places: a set is 0 from itself.

    Errors are those of the mean over directions alone (None for one). One level's patches of both sets are held at
    a time, in float32: 75 kB for an RGB picture and the defaults. ValueError for what is not a picture or not finite,
    for pictures of two shapes, for sides below `smallest` and a patch above it.
    """
    if not 2 < smallest >= patch > 0:
        raise ValueError(f"patches must fit into the smallest level, of at least 3, got {patch} and {smallest}")
    real, fake = _checked(real, "real"), _checked(fake, "fake")
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(f"both must be pictures of one shape, got {list(real.shape[1:])} and {list(fake.shape[1:])}")
    sizes = _sizes(*real.shape[2:], smallest)
    lines = directions_on_sphere(directions, real.shape[1] * patch**2, seed).to(real)
    found = {}
    for level, (height, _) in enumerate(sizes):
        a, b = (_descriptors(set_, len(sizes), level, patches, patch, seed + level) for set_ in (real, fake))
        groups = [lines[span] for span in spans(directions, len(a) + len(b), 1 << 26)]
        costs = 1e3 * torch.cat([transport_costs(some @ a.T, some @ b.T) for some in groups])
        error = float(costs.std()) / sqrt(directions) if directions > 1 else None
        found[height] = Score(float(costs.mean()), error)
    return found


def swd_pyramid(real: Tensor, fake: Tensor, **options: int) -> Score:
    """The mean over levels of `pyramid_distances`, whose options it takes."""
    levels = pyramid_distances(real, fake, **options).values()
    errors = [score.error for score in levels if score.error is not None]
    value = sum(score.value for score in levels) / len(levels)
    return Score(value, sqrt(sum(error**2 for error in errors)) / len(levels) if errors else None)


@frozen
class SwdPyramid(Metric):
    """`swd_pyramid` of pictures as they are: the mean over scales of `pyramid_distances`; lower is better, at least 0.

    Defaults are those of progressive GANs, whose papers compare 8,192 or 16,384 pictures of 256 levels and up to 1024 x
    1024; here nothing is rounded. Values for other numbers of samples, sizes, patches or smallest levels do not
    compare. Pictures of less than 16 x 16 need `smallest: 8` and, below that, smaller patches.
    """

    name: ClassVar[str] = "swd_pyramid"
    paper: ClassVar[str] = "Karras et al. 2018, arXiv:1710.10196"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, inf)

    samples: Annotated[int, Gt(0)] = 2048
    smallest: Annotated[int, Gt(2)] = 16
    patch: Annotated[int, Gt(0)] = 7
    patches: Annotated[int, Gt(0)] = 128
    directions: Annotated[int, Gt(0)] = 512
    seed: int = 0
    features: Features = field(default=SAMPLES, init=False)

    def __attrs_post_init__(self) -> None:
        if self.patch > self.smallest:
            raise ValueError(
                f"patches must fit into the smallest level, got {self.patch} and {self.smallest}: lower patch"
            )

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return swd_pyramid(
            real,
            fake,
            smallest=self.smallest,
            patch=self.patch,
            patches=self.patches,
            directions=self.directions,
            seed=self.seed,
        )


@hookimpl
def rivalry_components():
    return [SwdPyramid]
