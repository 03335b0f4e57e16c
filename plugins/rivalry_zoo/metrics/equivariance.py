"""Equivariance: whether a generator's pictures move and turn with the map that they are made from."""

from collections.abc import Callable, Mapping
from math import gcd, log, log10, pi, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor
from torch.nn.functional import interpolate, pad

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Probe, Score
from rivalry.marks import Gt, Lt
from rivalry_zoo.blocks.lanczos import band_limited, rotated, translated
from rivalry_zoo.blocks.probing import chunks, exact, uniform
from rivalry_zoo.features.samples import SAMPLES

CEILING = 20 * log10(2**24)
"""What stands for exact equality, in dB: errors of the last bit of float32."""

Moves = Callable[[Tensor], tuple[Tensor, Tensor]]
"""A transform of maps, which tells where its result is known."""

Way = tuple[Moves, Moves, Callable[[Tensor], Tensor]]
"""How maps move, how their pictures do, and what pictures of moved maps lose that moved pictures have lost."""


def decibels(errors: Tensor, counts: Tensor, span: float) -> Score:
    """20 log10(span) - 10 log10(mean squared error), at most `CEILING`, from each sample's sum and count [N].

    The error is that of a ratio of means, carried through the logarithm; None for one sample and at the ceiling.
    """
    n, mean = len(errors), float(errors.sum() / counts.sum())
    value = 20 * log10(span) - 10 * log10(mean) if mean > 0 else CEILING
    if value >= CEILING or n == 1:
        return Score(min(value, CEILING))
    spread = float((errors - mean * counts).square().sum()) * n / (n - 1)
    return Score(value, 10 / log(10) * sqrt(spread) / float(counts.sum()) / mean)


def moves(points: Tensor, pictures: Tensor, shift: float, draws: Tensor) -> Mapping[str, Way]:
    """How to move points [N, C, h, w] and their pictures [N, D, H, W] alike, by draws [N, 3] uniform on [0, 1).

    ValueError for what are no maps, for grids too coarse for a whole pixel, and for other proportions.
    """
    for name, maps in (("points", points), ("samples", pictures)):
        if maps.ndim != 4 or not maps.is_floating_point():
            shape = "x".join(map(str, maps.shape))
            raise ValueError(f"{name} must be maps [N, C, h, w], but are {shape}, {maps.dtype}: name a map with `of`")
    (h, w), (H, W) = points.shape[2:], pictures.shape[2:]
    if h * W != w * H:
        raise ValueError(f"maps must have the proportions of the pictures, got {h}x{w} for {H}x{W}")
    steps = torch.tensor([gcd(h, H), gcd(w, W)])
    if shift * steps.min() <= 0.5:
        raise ValueError(
            f"a shift by {shift} moves {h}x{w} maps and {H}x{W} pictures by less than a pixel of both: "
            "raise `shift` or name a finer map with `of`"
        )
    strides, turns = shift * (2 * draws[:, :2] - 1) * steps, pi * (2 * draws[:, 2] - 1)

    def by(strides: Tensor) -> Way:
        def moved(maps: Tensor) -> tuple[Tensor, Tensor]:
            return translated(maps, *(strides * torch.tensor(maps.shape[2:]) / steps).T)

        return moved, moved, torch.positive

    def turned(maps: Tensor) -> tuple[Tensor, Tensor]:
        return rotated(maps, turns)

    limited = (turned, lambda maps: turned(band_limited(maps, turns)), lambda maps: band_limited(maps, -turns))
    return {"eq_t": by(strides.round()), "eq_t_frac": by(strides), "eq_r": limited}


def equivariance(
    generator: Probe, samples: int = 500, shift: float = 0.125, span: float = 2.0, seed: int = 0
) -> dict[str, Score]:
    """How nearly G(T x) = T G(x), in dB, for random moves T of maps x: 20 log10(span) - 10 log10(mean square).

    `eq_t` moves by up to a share `shift` of the size either way, in whole pixels of the map and of the picture (of the
    grid that both share), `eq_t_frac` by any part of a pixel, `eq_r` turns by up to half a turn and compares what both
    grids can hold. The mean is over all pixels that are known on both sides of all samples, in float64. ValueError as
    from `moves` and `band_limited`, for samples that are not finite, and where no pixel is known, as of turns it may be
    below 13 x 13.
    """
    sums: dict[str, list[tuple[Tensor, Tensor]]] = {"eq_t": [], "eq_t_frac": [], "eq_r": []}
    for count, own in chunks(samples, seed):
        points = generator.draw(count, own)
        pictures = generator(points, own)
        for name, (inside, outside, seen) in moves(points, pictures, shift, uniform((count, 3), "moves", own)).items():
            moved, known = inside(points)
            (wanted, certain), found = outside(pictures), seen(generator(moved, own))
            edge = (found.shape[2] - pictures.shape[2]) // 2
            mask = interpolate(known.unsqueeze(1).to(points), size=pictures.shape[2:])
            mask = pad(mask, [edge] * 4) * certain.unsqueeze(1)
            errors = exact(found - wanted).square() * exact(mask)
            sums[name].append((errors.sum((1, 2, 3)), exact(mask).sum((1, 2, 3)) * pictures.shape[1]))
    scores = {}
    for name, parts in sums.items():
        errors, counts = (torch.cat(part) for part in zip(*parts))
        if not torch.isfinite(errors).all():
            raise ValueError("samples must be finite, but hold NaN or infinity: look for a diverged generator")
        if counts.sum() == 0:
            raise ValueError(f"no pixel is known after the moves of {name}: take a finer map or larger pictures")
        scores[name] = decibels(errors, counts, span)
    return scores


@frozen
class Equivariance(Metric):
    """`equivariance` to translation and rotation of a map [N, C, h, w] that pictures are made from: higher is better.

    `of` names the map: the picture that a translator starts from, a map of noise, Fourier features. `span` is the range
    of values, 2 for [-1, 1]. 144.5 dB, the last bit of float32, stands for exact equality and is the most.

    Maps move by a Lanczos filter of three lobes, which copies whole pixels exactly, and go on at the opposite edge.
    What came from there is left out on both sides, but what a generator makes of it inside the rest (and of zeros
    beyond its edges) counts against it. `eq_r` takes from both pictures, by the same filter, the corners of the
    spectrum that the other's grid cannot hold, and three pixels at each edge.

    StyleGAN3 compares the same, but moves the plane wave formula of its features, beyond every edge, where here a map
    goes through the filter; and it turns pictures by one combined filter, where here the corners are taken out first
    and the turn's own filter weakens what is close to them again. So compare generators whose maps are alike, and
    do not quote numbers beside the paper's. The filter is not sharp: of pictures with a standard deviation of a quarter
    of `span`, a perfect renderer gets some 28 dB in `eq_r` with a white spectrum, 48 dB with one that ends at 0.3
    cycles a pixel. Close to these what counts is the filter, far below the generator.
    """

    name: ClassVar[str] = "equivariance"
    paper: ClassVar[str] = "Karras et al. 2021, arXiv:2106.12423"
    direction: ClassVar = "higher"
    range: ClassVar = (float("-inf"), CEILING)
    needs: ClassVar = ("generator",)
    parts: ClassVar = ("eq_t", "eq_t_frac", "eq_r")

    samples: Annotated[int, Gt(0)] = 500
    shift: Annotated[float, Gt(0), Lt(0.5)] = 0.125
    span: Annotated[float, Gt(0)] = 2.0
    seed: int = 0
    features: Features = field(default=SAMPLES, init=False)

    def compute(self, *, generator: Probe) -> dict[str, Score]:
        return equivariance(generator, self.samples, self.shift, self.span, self.seed)


@hookimpl
def rivalry_components():
    return [Equivariance]
