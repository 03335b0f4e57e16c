"""Equivariance: whether a generator's pictures move and turn with the map that they are made from."""

from collections.abc import Callable, Mapping
from functools import partial
from math import gcd, log, log10, pi, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor
from torch.nn.functional import interpolate

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Probe, Score
from rivalry.marks import Gt, Lt
from rivalry_zoo.blocks.lanczos import rotated, translated
from rivalry_zoo.blocks.probing import chunks, exact, uniform
from rivalry_zoo.features.samples import SAMPLES

CEILING = 20 * log10(2**24)
"""What stands for exact equality, in dB: errors of the last bit of float32."""

Moves = Callable[[Tensor], tuple[Tensor, Tensor]]
"""A transform of maps, which tells where its result is known."""


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


def _moved(pixels: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    return translated(maps, *pixels.T)


def _turned(angles: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    return rotated(maps, angles)


def moves(points: Tensor, pictures: Tensor, shift: float, draws: Tensor) -> Mapping[str, tuple[Moves, Moves]]:
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

    def by(strides: Tensor) -> tuple[Moves, Moves]:
        return tuple(partial(_moved, strides * torch.tensor(size) / steps) for size in ((h, w), (H, W)))

    turned = partial(_turned, turns)
    return {"eq_t": by(strides.round()), "eq_t_frac": by(strides), "eq_r": (turned, turned)}


def equivariance(
    generator: Probe, samples: int = 500, shift: float = 0.125, span: float = 2.0, seed: int = 0
) -> dict[str, Score]:
    """How nearly G(T x) = T G(x), in dB, for random moves T of maps x: 20 log10(span) - 10 log10(mean square).

    `eq_t` moves by up to a share `shift` of the size either way, in whole pixels of the map and of the picture (of the
    grid that both share), `eq_t_frac` by any part of a pixel, `eq_r` turns by up to half a turn. The mean is over all
    pixels that are known on both sides of all samples, in float64. ValueError as from `moves`, for samples that are not
    finite, and where no pixel is known.
    """
    sums: dict[str, list[tuple[Tensor, Tensor]]] = {"eq_t": [], "eq_t_frac": [], "eq_r": []}
    for count, own in chunks(samples, seed):
        points = generator.draw(count, own)
        pictures = generator(points, own)
        for name, (inside, outside) in moves(points, pictures, shift, uniform((count, 3), "moves", own)).items():
            moved, known = inside(points)
            found, wanted = generator(moved, own), outside(pictures)
            mask = interpolate(known.unsqueeze(1).to(points), size=wanted[0].shape[2:]) * wanted[1].unsqueeze(1)
            errors = exact(found - wanted[0]).square() * exact(mask)
            sums[name].append((errors.sum((1, 2, 3)), exact(mask).sum((1, 2, 3)) * pictures.shape[1]))
    scores = {}
    for name, parts in sums.items():
        errors, counts = (torch.cat(part) for part in zip(*parts))
        if not torch.isfinite(errors).all():
            raise ValueError("samples must be finite, but hold NaN or infinity: look for a diverged generator")
        if counts.sum() == 0:
            raise ValueError(f"no pixel is known after the moves of {name}: name a finer map with `of`")
        scores[name] = decibels(errors, counts, span)
    return scores


@frozen
class Equivariance(Metric):
    """`equivariance` to translation and rotation of a map [N, C, h, w] that pictures are made from: higher is better.

    `of` names the map: the picture that a translator starts from, a map of noise, Fourier features. `span` is the range
    of values, 2 for [-1, 1]. 144.5 dB, the last bit of float32, stands for exact equality and is the most.

    Maps move by a Lanczos filter of three lobes, which copies whole pixels exactly, and go on at the opposite edge.
    What came from there is left out on both sides, but what a generator makes of it inside the rest (and of zeros
    beyond its edges) counts against it. StyleGAN3 moves the plane wave formula of its features instead, beyond every
    edge, which agrees with the map inside; and it takes the corners from the spectrum of pictures before it compares
    turned ones, where here they count: numbers compare with each other, but not with the paper's.
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
