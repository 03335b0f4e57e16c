"""Perceptual path length: how fast samples change along straight ways through the space they are made from."""

from math import ceil, floor, sqrt
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Probe, Score
from rivalry.marks import Ge, Gt, Lt
from rivalry.streams import seed_of
from rivalry_zoo.blocks.interpolation import lerp, slerp
from rivalry_zoo.blocks.probing import chunks, exact, uniform
from rivalry_zoo.features.pixels import PIXELS


def trimmed_mean(values: Tensor, share: float = 0.01) -> Score:
    """The mean of values [N] without those below the `share` or above the 1 - `share` quantile.

    Quantiles are values themselves, the next lower below and the next higher above, so that of up to 1 / share values
    none is dropped. The error (None for one value) is that of a trimmed mean, sqrt(N) / kept times the deviation of the
    values clamped to the quantiles (Tukey & McLaughlin 1963).
    """
    n, ordered = len(values), values.sort().values
    low, high = ordered[floor(share * (n - 1))], ordered[ceil((1 - share) * (n - 1))]
    kept = values[(values >= low) & (values <= high)]
    error = float(values.clamp(low, high).std()) * sqrt(n) / len(kept) if n > 1 else None
    return Score(float(kept.mean()), error)


def path_lengths(
    generator: Probe, features: Features, count: int, path: Literal["full", "end"], epsilon: float, seed: int
) -> Tensor:
    """d(G(p(t)), G(p(t + epsilon))) / epsilon^2 of `count` random paths p, float64; see `perceptual_path_length`."""
    # Drawn apart, so that where points are of classes, which come in turn, both ends of a path are of one.
    ends = generator.draw(count, seed)
    if not ends.is_floating_point():
        raise ValueError(f"paths need a continuous space, but its points are {ends.dtype}: name another one with `of`")
    first, second = exact(ends), exact(generator.draw(count, seed_of(seed, "end")))
    times = uniform((count,), "path", seed) * (path == "full")
    between = slerp if generator.source else lerp
    before, after = (generator(between(first, second, times + step).to(ends), seed) for step in (0.0, epsilon))
    if hasattr(features, "distance"):
        apart = exact(features.distance(before, after))
    else:
        apart = (exact(features(before)) - exact(features(after))).square().sum(1)
    return apart / epsilon**2


def perceptual_path_length(
    generator: Probe,
    features: Features = PIXELS,
    samples: int = 10_000,
    path: Literal["full", "end"] = "full",
    epsilon: float = 1e-4,
    reject: float = 0.01,
    seed: int = 0,
) -> Score:
    """E d(G(p(t)), G(p(t + epsilon))) / epsilon^2 over random paths p between two points of the space.

    d is `features.distance`, or else the squared Euclidean distance of feature vectors. t is uniform on [0, 1) on full
    paths and 0 for `path: end`. A path bends (`slerp`) where the space is a latent itself and is straight (`lerp`)
    where it is computed from one. Both samples of a pair share all else that is random. The mean is `trimmed_mean` with
    share `reject`. ValueError for a space of whole numbers, and for distances that are not finite.
    """
    parts = [path_lengths(generator, features, count, path, epsilon, own) for count, own in chunks(samples, seed)]
    lengths = torch.cat(parts)
    if not torch.isfinite(lengths).all():
        raise ValueError(
            "distances along paths must be finite, but hold NaN or infinity: look for a diverged generator"
        )
    return trimmed_mean(lengths, reject)


@frozen
class PerceptualPathLength(Metric):
    """`perceptual_path_length`, at least 0, with its error over `samples` paths: lower is smoother.

    The space is z, or the tensor of the flow that `of` names, as w = M(z). Papers look through the LPIPS distance of
    VGG-16, `features: vgg16`, at pictures of at most 256 pixels a side (which the extractor sees to), over 100,000
    paths; through other features it is a number of its own, as its title says. Of pixels it is the mean squared speed.
    On arcs the papers' points have length 1, ours keep the lengths of those drawn: the same for a generator that begins
    by normalising z, and the rest would see points that it does not know.

    Of G(w) = A w through pixels, w ~ N(m, S), it is 2 tr(A S A'). Two samples so near each other differ in the last
    digits of float32: rounding adds about (4e-8 |G| / epsilon)^2. That is less than a part in 1,000 for small networks
    as they begin, but 4% where a whole path moves samples by 0.2% of their norm; a larger epsilon then helps (1e-3: 100
    times), at the price of what bends within it.

    `reject` drops the shortest and the longest paths, 1% each, as the authors do: the few that jump say most of the
    mean. So it lies below the expectation, for the linear generator too; 0 keeps all.
    """

    name: ClassVar[str] = "perceptual_path_length"
    paper: ClassVar[str] = "Karras, Laine & Aila 2019, arXiv:1812.04948, section 4.1"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, float("inf"))
    needs: ClassVar = ("generator",)
    short: ClassVar[str] = "ppl"

    features: Features = PIXELS
    samples: Annotated[int, Gt(0)] = 10_000
    path: Literal["full", "end"] = "full"
    epsilon: Annotated[float, Gt(0)] = 1e-4
    reject: Annotated[float, Ge(0), Lt(0.5)] = 0.01
    seed: int = 0

    def compute(self, *, generator: Probe) -> Score:
        settings = self.path, self.epsilon, self.reject, self.seed
        return perceptual_path_length(generator, self.features, self.samples, *settings)


@hookimpl
def rivalry_components():
    return [PerceptualPathLength]
