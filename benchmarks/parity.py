"""Metrics beside the reference packages, on the same numbers: the arithmetic alone, without anybody's networks.

make parity                          # an environment with the packages, then all of this; with trained weights in
                                     # LPIPS once `rivalry data fetch lpips` has run
python benchmarks/parity.py          # compare, write docs/results/data/parity.json and docs/results/parity.md
python benchmarks/parity.py --page   # only rewrite the page

Exit status 1 where a number of ours is outside its bound. benchmarks/parity.txt names the packages' versions.
"""

import argparse
import contextlib
import importlib
import io
import json
import math
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np
import torch
from attrs import asdict, frozen
from results import RESULTS, commit, table
from torch import nn

from rivalry_zoo.blocks.inception_net import InceptionNet, load
from rivalry_zoo.blocks.lpips import ALEXNET, VGG16, perceptual_distances
from rivalry_zoo.blocks.lpips import load as load_lpips
from rivalry_zoo.blocks.resizing import resized
from rivalry_zoo.blocks.structural import multiscale_similarity, similarity
from rivalry_zoo.metrics.auroc import auroc
from rivalry_zoo.metrics.frechet_distance import frechet_distance, frechet_from_statistics
from rivalry_zoo.metrics.inception_score import inception_score
from rivalry_zoo.metrics.kid import kid, kid_subsets
from rivalry_zoo.metrics.mmd import mmd
from rivalry_zoo.metrics.prdc import prdc
from rivalry_zoo.metrics.precision_recall import precision_recall
from rivalry_zoo.metrics.psnr import decibels
from rivalry_zoo.metrics.sliced_wasserstein import directions_on_sphere, sliced_wasserstein
from rivalry_zoo.metrics.wasserstein_1d import wasserstein_1d

RECORD = RESULTS / "data" / "parity.json"
PACKAGES = [
    "clean-fid", "lpips", "pot", "prdc", "pytorch-fid", "pytorch-msssim", "scikit-image", "scikit-learn", "scipy",
    "torch-fidelity", "numpy", "torch",
]  # fmt: skip
BOUND = 1e-6
Array = np.ndarray[Any, np.dtype[Any]]


@frozen
class Row:
    """One number, and what it should be: by a formula in closed form, or by another program."""

    measure: str
    case: str
    who: str
    value: float
    against: str
    other: float
    bound: float = BOUND
    absolute: bool = False
    """Whether the bound is on the difference, rather than on its part of the other number."""
    note: str = ""

    @property
    def found(self) -> float:
        """How far apart they are."""
        apart = abs(self.value - self.other)
        return apart if self.absolute or apart == 0 else apart / abs(self.other)

    @property
    def passed(self) -> bool:
        return self.found <= self.bound  # not so for NaN

    @property
    def ours(self) -> bool:
        """Whether Rivalry answers for it; else it shows how a reference fares."""
        return self.who == "rivalry"


class Absent(ModuleType):
    """A module that is not there, whose classes may be inherited from as long as nobody uses them."""

    __path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (nn.Module,), {}) if name[0].isupper() else importlib.import_module(f"{self.__name__}.{name}")


class Stub(MetaPathFinder, Loader):
    """Stands in for torchvision, which the packages import for their networks and data sets."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if fullname.partition(".")[0] == "torchvision" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == "torchvision.models":
            module.alexnet = alexnet


def alexnet(pretrained: bool = False) -> nn.Module:
    """AlexNet's convolutions under torchvision's numbers, untrained: what lpips is built on."""
    model = nn.Module()
    model.features = nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(),
    )  # fmt: skip
    return model


def peer(name: str) -> Any:
    """A reference package's module, by name."""
    return importlib.import_module(name)


def gaussian(rng: np.random.Generator, n: int, d: int, shift: float = 0.0) -> Array:
    return rng.normal(size=(n, d)) @ (np.eye(d) + rng.normal(size=(d, d)) / d) + shift


def activations(rng: np.random.Generator, n: int, d: int, shift: float = 0.0) -> Array:
    """Like what a network's last pooling gives: never negative, often 0, correlated, of a falling spectrum."""
    axes = rng.normal(size=(d, d)) * np.arange(1, d + 1)[:, None] ** -0.7
    return np.maximum(rng.normal(size=(n, d)) @ axes / 2 - 0.2 + shift, 0)


def pair(make: Callable[..., Array], rng: np.random.Generator, n: int, m: int, d: int, shift: float = 0.1) -> Any:
    """Two sets of one kind that share their axes but for a shift."""
    axes = int(rng.integers(2**31))
    both = [make(np.random.default_rng(axes), n + m, d, by) for by in (0.0, shift)]
    return both[0][:n], both[1][n:]


def thin(real: Array, fake: Array) -> float:
    """The Frechet distance by the singular values of the centred sets' product: no root of a matrix, any rank."""
    a, b = ((x - x.mean(0)) / math.sqrt(len(x) - 1) for x in (real, fake))
    overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((real.mean(0) - fake.mean(0)) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * overlap)


def statistics(features: Array) -> tuple[Array, Array]:
    return features.mean(0), np.cov(features, rowvar=False)


def by_peers(first: tuple[Array, Array], second: tuple[Array, Array]) -> Iterator[tuple[str, float]]:
    """What each reference makes of means and covariances."""
    of_fidelity = peer("torch_fidelity.metric_fid").fid_statistics_to_metric
    yield (
        "torch-fidelity",
        of_fidelity(*({"mu": mean, "sigma": cov} for mean, cov in (first, second)), False)[
            "frechet_inception_distance"
        ],
    )
    for name, function in (
        ("pytorch-fid", peer("pytorch_fid.fid_score").calculate_frechet_distance),
        ("clean-fid", peer("cleanfid.fid").frechet_distance),
    ):
        try:
            yield name, float(function(*first, *second))
        except ValueError:
            yield name, math.nan


def ours_from(first: tuple[Array, Array], second: tuple[Array, Array]) -> float:
    return frechet_from_statistics(*map(torch.tensor, (*first, *second))).value


def frechet(rng: np.random.Generator) -> Iterator[Row]:
    """Features of full rank, where everybody should agree."""
    for case, make, n, m, d in (
        ("Gaussian, 2,000 and 1,500 x 128", gaussian, 2000, 1500, 128),
        ("activations, 1,500 and 2,000 x 256", activations, 1500, 2000, 256),
    ):
        real, fake = pair(make, rng, n, m, d)
        truth, both = thin(real, fake), (statistics(real), statistics(fake))
        mine = frechet_distance(torch.tensor(real), torch.tensor(fake)).value
        for who, value, note in (
            ("rivalry", mine, "from features"),
            ("rivalry", ours_from(*both), "from statistics"),
            *((who, value, "from statistics") for who, value in by_peers(*both)),
        ):
            yield Row("Frechet distance", case, who, value, "singular values", truth, note=note)


def frechet_precision(rng: np.random.Generator) -> Iterator[Row]:
    """Where digits are lost."""
    d = 64
    axes = np.linalg.qr(rng.normal(size=(d, d)))[0]
    variances = np.logspace(0, -8, d)
    means = np.zeros(d), np.zeros(d)
    for factor in (2.0, 1.01):
        covariances = [(axes * v) @ axes.T for v in (variances, factor * variances)]
        both = [(mean, (cov + cov.T) / 2) for mean, cov in zip(means, covariances, strict=True)]
        truth = float((variances * (math.sqrt(factor) - 1) ** 2).sum())
        case = f"S and {factor:g} S of condition 1e8, d = {d}"
        for who, value in (("rivalry", ours_from(*both)), *by_peers(*both)):
            yield Row("Frechet distance", case, who, value, "closed form", truth, note="from statistics")
    real, fake = pair(activations, rng, 200, 250, 512)
    both = [statistics(real), statistics(fake)]
    mine = frechet_distance(torch.tensor(real), torch.tensor(fake)).value
    for who, value, note in (
        ("rivalry", mine, "from features"),
        ("rivalry", ours_from(*both), "from statistics"),
        *((who, value, "from statistics") for who, value in by_peers(*both)),
    ):
        case = "fewer samples than features, 200 and 250 x 512"
        yield Row("Frechet distance", case, who, value, "singular values", thin(real, fake), note=note)
    real, fake = (x.astype(np.float32) for x in pair(gaussian, rng, 2000, 2000, 64, 0.01))
    real, fake = real + np.float32(100), fake + np.float32(100)
    module = peer("torch_fidelity.metric_fid")
    of_both = [module.fid_features_to_statistics(torch.tensor(x)) for x in (real, fake)]
    theirs = module.fid_statistics_to_metric(*of_both, False)["frechet_inception_distance"]
    mine = frechet_distance(torch.tensor(real), torch.tensor(fake)).value
    truth = thin(real.astype(np.float64), fake.astype(np.float64))
    for who, value in (("rivalry", mine), ("torch-fidelity", theirs)):
        case = "float32 features about 100, 2,000 x 64"
        yield Row("Frechet distance", case, who, value, "singular values", truth, note="from features")


def fidelity_kid(real: Array, fake: Array, subsets: int, size: int) -> float:
    function, key = peer("torch_fidelity.metric_kid").kid_features_to_metric, "kernel_inception_distance_mean"
    words = {"kid_subsets": subsets, "kid_subset_size": size, "rng_seed": 7, "verbose": False}
    return float(function(torch.tensor(real), torch.tensor(fake), **words)[key])


def kernel(rng: np.random.Generator) -> Iterator[Row]:
    """KID on the very subsets that the references draw, and on all pairs."""
    for case, make in (("Gaussian", gaussian), ("activations", activations)):
        real, fake = pair(make, rng, 1000, 900, 128)
        x, y = torch.tensor(real), torch.tensor(fake)
        draw = np.random.RandomState(7)
        rows = [
            tuple(torch.tensor(draw.choice(len(own), 200, replace=False)) for own in (real, fake)) for _ in range(20)
        ]
        mine = kid_subsets(x, y, rows=rows)[0]
        theirs = fidelity_kid(real, fake, 20, 200)
        yield Row("KID", f"{case}, 20 subsets of 200 x 128", "rivalry", mine, "torch-fidelity", theirs, absolute=True)
        np.random.seed(3)
        theirs = peer("cleanfid.fid").kernel_distance(real, fake, 20, 200)
        np.random.seed(3)
        rows = []
        for _ in range(20):
            others = np.random.choice(len(fake), 200, replace=False)
            rows.append((torch.tensor(np.random.choice(len(real), 200, replace=False)), torch.tensor(others)))
        mine = kid_subsets(x, y, rows=rows)[0]
        yield Row("KID", f"{case}, 20 subsets of 200 x 128", "rivalry", mine, "clean-fid", theirs, absolute=True)
        whole = x[:900]
        theirs = peer("cleanfid.fid").kernel_distance(real[:900], fake, 1, 900)
        mine = kid(whole, y).value
        yield Row("KID", f"{case}, all pairs of 900 x 128", "rivalry", mine, "clean-fid", theirs, absolute=True)


def kernel_large(rng: np.random.Generator) -> Iterator[Row]:
    """So many that products are taken in float32."""
    for case, make in (("Gaussian", gaussian), ("activations", activations)):
        real, fake = pair(make, rng, 2100, 2100, 128, 0.02)
        theirs = peer("cleanfid.fid").kernel_distance(real, fake, 1, 2100)
        mine = kid(torch.tensor(real), torch.tensor(fake)).value
        yield Row("KID", f"{case}, all pairs of 2,100 x 128", "rivalry", mine, "clean-fid", theirs, absolute=True)


def kernel_precision(rng: np.random.Generator) -> Iterator[Row]:
    """Features in float32, as networks give them: a small difference of large kernels."""
    real, fake = (x.astype(np.float32) for x in pair(activations, rng, 1000, 1000, 256, 0.0))
    x, y = (each.astype(np.float64) for each in (real, fake))
    a, b, c = ((p @ q.T / 256 + 1) ** 3 for p, q in ((x, x), (y, y), (x, y)))
    truth = float((a.sum() - a.trace() + b.sum() - b.trace()) / (1000 * 999) - 2 * c.mean())
    mine = kid(torch.tensor(real), torch.tensor(fake)).value
    case = "float32 activations of one law, all pairs of 1,000 x 256"
    for who, value in (("rivalry", mine), ("torch-fidelity", fidelity_kid(real, fake, 1, 1000))):
        yield Row("KID", case, who, value, "float64", truth)


def neighbours(rng: np.random.Generator) -> Iterator[Row]:
    """Counts of neighbours, which are the same or not."""
    for case, make, n, m, d in (
        ("Gaussian", gaussian, 700, 600, 32),
        ("activations", activations, 700, 600, 32),
        ("activations", activations, 2500, 2500, 256),
    ):
        real, fake = pair(make, rng, n, m, d)
        x, y = torch.tensor(real), torch.tensor(fake)
        theirs = peer("prdc").compute_prdc(real, fake, 5)
        for name, score in prdc(x, y, 5).items():
            value = float(theirs[name])
            yield Row(name, f"{case}, {n:,} and {m:,} x {d}, k = 5", "rivalry", score.value, "prdc", value, 1e-12)
        found = peer("torch_fidelity.metric_prc").calculate_precision_recall_full(y, x, 3)
        for (name, score), value in zip(precision_recall(x, y, 3).items(), found, strict=True):
            case_of = f"{case}, {n:,} and {m:,} x {d}, k = 3"
            # Their mean of indicators is taken in float32.
            yield Row(name, case_of, "rivalry", score.value, "torch-fidelity", value, 1e-7)


def distances(rng: np.random.Generator) -> Iterator[Row]:
    """Scores of logits and labels, kernels, and transport."""
    logits = torch.tensor(rng.normal(0, 3, (1000, 20)))
    theirs = peer("torch_fidelity.metric_isc").isc_features_to_metric(logits, 10, shuffle=False)
    mine = inception_score(logits, 10)
    deviation = (mine.error or 0) * 10**0.5 * 0.9**0.5
    name = "inception score"
    for value, key in ((mine.value, "inception_score_mean"), (deviation, "inception_score_std")):
        yield Row(name, "1,000 x 20, 10 splits", "rivalry", value, "torch-fidelity", theirs[key], note=key[16:])
    scores, labels = rng.integers(40, size=3000), rng.integers(2, size=3000)
    theirs = peer("sklearn.metrics").roc_auc_score(labels, scores)
    mine = auroc(torch.tensor(scores), torch.tensor(labels)).value
    yield Row("AUROC", "3,000 scores of 40 values", "rivalry", mine, "scikit-learn", float(theirs))
    real, fake = pair(gaussian, rng, 500, 400, 16, 0.3)
    x, y = torch.tensor(real), torch.tensor(fake)
    rbf = peer("sklearn.metrics.pairwise").rbf_kernel

    def mean_kernel(p: Array, q: Array) -> Array:
        return np.mean([rbf(p, q, 1 / (2 * (3 * width) ** 2)) for width in (1, 2, 4, 8, 16)], axis=0)

    theirs = float(mean_kernel(real, real).mean() + mean_kernel(fake, fake).mean() - 2 * mean_kernel(real, fake).mean())
    mine = mmd(x, y, "rbf", 3.0, biased=True).value
    yield Row("MMD", "500 and 400 x 16, biased", "rivalry", mine, "scikit-learn", theirs, absolute=True)
    directions = directions_on_sphere(128, 16, 5).numpy().T
    for order in (1, 2):
        theirs = peer("ot").sliced_wasserstein_distance(real, fake, projections=directions, p=order)
        mine = sliced_wasserstein(x, y, order, 128, 5).value
        case = f"500 and 400 x 16, 128 directions, order {order}"
        yield Row("sliced Wasserstein", case, "rivalry", mine, "pot", float(theirs))
    theirs = np.mean([peer("scipy.stats").wasserstein_distance(a, b) for a, b in zip(real.T, fake.T, strict=True)])
    mine = wasserstein_1d(x, y).value
    yield Row("Wasserstein in one dimension", "500 and 400 x 16", "rivalry", mine, "scipy", float(theirs))


def photographs(side: int) -> Iterator[tuple[str, Array, Array]]:
    """scikit-image's photographs [H, W, 3] in 0..255, cut, each with a damaged copy."""
    data, blur = peer("skimage.data"), peer("scipy.ndimage").gaussian_filter
    rng = np.random.default_rng(1)
    for name, damage in (
        ("astronaut", lambda x: x + rng.normal(0, 20, x.shape)),
        ("chelsea", lambda x: blur(x, [2, 2, 0])),
        ("coffee", lambda x: x // 32 * 32),
    ):
        picture = getattr(data, name)()[30 : 30 + side, 60 : 60 + side].astype(np.float64)
        yield name, picture, damage(picture).clip(0, 255).round()


def stacked(*pictures: Array) -> list[torch.Tensor]:
    """[1, 3, H, W] each."""
    return [torch.tensor(picture.transpose(2, 0, 1)[None]) for picture in pictures]


def paired(rng: np.random.Generator) -> Iterator[Row]:
    """Pictures beside damaged copies."""
    measures, multiscale = peer("skimage.metrics"), peer("pytorch_msssim")
    window = torch.softmax(-((torch.arange(11.0, dtype=torch.float64) - 5) ** 2) / 4.5, 0)
    words = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    for name, a, b in photographs(208):
        x, y = stacked(a, b)
        case = f"{name}, 208 x 208"
        theirs = measures.structural_similarity(a, b, channel_axis=2, **words)
        mine = float(similarity(x, y, 255.0))
        yield Row("SSIM", case, "rivalry", mine, "scikit-image", float(theirs), absolute=True)
        theirs = measures.peak_signal_noise_ratio(a, b, data_range=255)
        yield Row("PSNR", case, "rivalry", float(decibels(x, y, 255.0)), "scikit-image", float(theirs))
        yields, shades = (peer("skimage.color").rgb2ycbcr(each.astype(np.uint8))[..., 0] for each in (a, b))
        theirs = measures.peak_signal_noise_ratio(yields, shades, data_range=255)
        mine = float(decibels(x, y, 255.0, luma=True))
        yield Row("PSNR", case, "rivalry", mine, "scikit-image", float(theirs), note="luma")
        theirs = multiscale.ms_ssim(x, y, 255, win=window.repeat(3, 1, 1, 1))
        mine = float(multiscale_similarity(x, y, 255.0))
        yield Row("MS-SSIM", case, "rivalry", mine, "pytorch-msssim", float(theirs), absolute=True)
    a, b = rng.random((2, 45, 51))
    theirs = measures.structural_similarity(a, b, **words | {"data_range": 1})
    mine = float(similarity(torch.tensor(a)[None, None], torch.tensor(b)[None, None], 1.0))
    yield Row("SSIM", "noise, 45 x 51", "rivalry", mine, "scikit-image", float(theirs), absolute=True)


def perceptual(rng: np.random.Generator) -> Iterator[Row]:
    """LPIPS: the package's program under the weights that ours has."""
    theirs = peer("lpips").LPIPS(net="alex", pnet_rand=True, verbose=False)
    sequence = [part for block in theirs.net.children() for part in block if isinstance(part, nn.Conv2d)]
    try:
        weights, which = load_lpips(ALEXNET), "trained weights"
        for number, head in enumerate(theirs.lins):
            found, other = weights[f"head{number}.weight"], head.model[-1].weight
            apart = float((found - other).abs().max())
            yield Row("LPIPS", f"head {number}", "rivalry", apart, "lpips", 0.0, 0.0, True, "largest gap of a weight")
    except ValueError:  # not fetched: the arithmetic is the same under any
        weights, which = {}, "untrained convolutions"
        torch.manual_seed(int(rng.integers(2**31)))
        for number, part in enumerate(sequence):
            part.reset_parameters()
            weights |= {f"conv{number}.weight": part.weight, f"conv{number}.bias": part.bias}
        weights |= {f"head{number}.weight": head.model[-1].weight for number, head in enumerate(theirs.lins)}
    with torch.no_grad():
        for number, part in enumerate(sequence):
            part.weight.copy_(weights[f"conv{number}.weight"])
            part.bias.copy_(weights[f"conv{number}.bias"])
        for name, a, b in photographs(64):
            x, y = (each.float() / 127.5 - 1 for each in stacked(a, b))
            mine = float(perceptual_distances(ALEXNET, weights, x, y))
            case = f"{name}, 64 x 64, AlexNet"
            yield Row("LPIPS", case, "rivalry", mine, "lpips", float(theirs(x, y)), note=which)


PUBLISHED = {False: (0.3566, "torchmetrics 0.8"), True: (0.3493, "torchmetrics 0.11")}
"""LPIPS through VGG16 in a documentation: whether its pictures are stretched to [-1, 1] -> the mean, and where."""


def published(rng: np.random.Generator) -> Iterator[Row]:
    """LPIPS of the pairs of a published example: ten of noise, drawn after the networks under seed 123."""
    try:
        weights = load_lpips(VGG16)
    except ValueError:  # not fetched, and untrained ones have no published number
        return
    for stretched, (wanted, where) in PUBLISHED.items():
        torch.manual_seed(123)
        widths = [own.outputs for own in VGG16.convolutions]
        for inputs, outputs in pairwise([3, *widths]):  # as made before the pictures: each takes its random numbers
            nn.Conv2d(inputs, outputs, 3)
        for inputs, outputs in pairwise([512 * 7 * 7, 4096, 4096, 1000]):
            nn.Linear(inputs, outputs)
        for own in VGG16.convolutions:
            if own.tap:
                nn.Conv2d(own.outputs, 1, 1, bias=False)
        x, y = (torch.rand(10, 3, 100, 100) for _ in range(2))
        if stretched:
            x, y = 2 * x - 1, 2 * y - 1
        with torch.no_grad():
            mine = float(perceptual_distances(VGG16, weights, x, y).mean())
        case = f"10 pairs, 100 x 100, VGG16, in [{-1 if stretched else 0}, 1]"
        yield Row("LPIPS", case, "rivalry", mine, where, wanted, 5e-5, True, "its documentation, to four digits")


def largest(measure: str, case: str, mine: Any, who: str, theirs: Any, bound: float, note: str) -> Row:
    """The largest of many differences, as a row."""
    apart = float(np.abs(np.asarray(mine, np.float64) - np.asarray(theirs, np.float64)).max())
    return Row(measure, case, "rivalry", apart, who, 0.0, bound, True, note)


def resizing(rng: np.random.Generator) -> Iterator[Row]:
    """Pictures as Inception sees them."""
    make = peer("cleanfid.resize").make_resizer
    tensorflow = peer("torch_fidelity.interpolate_compat_tensorflow").interpolate_bilinear_2d_like_tensorflow1x
    note = "largest gap, of 255"
    for height, width in ((32, 32), (64, 48), (400, 500)):
        picture = rng.integers(256, size=(height, width, 3)).astype(np.uint8)
        tensor = torch.tensor(picture.transpose(2, 0, 1)[None]).float()
        for mode, who, theirs in (
            ("clean", "clean-fid", make("PIL", False, "bicubic", (299, 299))(picture)),
            ("legacy_pytorch", "clean-fid", make("PyTorch", False, "bilinear", (299, 299))(picture)),
            ("legacy_tensorflow", "torch-fidelity", tensorflow(tensor, size=(299, 299), align_corners=False)),
        ):
            wanted = theirs.transpose(2, 0, 1)[None] if isinstance(theirs, np.ndarray) else theirs
            case = f"noise, {height} x {width}, {mode}"
            # Of float32 sums of at most some 20 products up to 255, in another order.
            yield largest("resizing", case, resized(tensor, 299, mode, 255.0), who, wanted, 1e-3, note)


def network(rng: np.random.Generator) -> Iterator[Row]:
    """The network itself under random weights, those of no file."""
    torch.manual_seed(int(rng.integers(2**31)))
    ours = InceptionNet()
    for module in ours.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.8, 1.2)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.8, 1.2)
    pictures = torch.tensor(rng.integers(256, size=(2, 3, 80, 96)).astype(np.uint8))
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        path = Path(folder) / "random.pth"
        torch.save(ours.state_dict(), path)
        make = peer("torch_fidelity.feature_extractor_inceptionv3").FeatureExtractorInceptionV3
        theirs = make("random", ["2048", "logits_unbiased"], feature_extractor_weights_path=str(path))
        features, logits = theirs(pictures)
        weights = load(path, torch.device("cpu"))
        found = weights.features((resized(pictures.float(), 299, "legacy_tensorflow", 255.0) - 128) / 128)
    for name, mine, other in (("features", found, features), ("logits", found @ weights.last.T, logits)):
        size = float(other.abs().max())
        note = f"largest gap of {name}, as part of the largest"
        yield largest(
            "Inception", "2 x 80 x 96, random weights", mine / size, "torch-fidelity", other / size, 1e-5, note
        )


CHECKS = (frechet, kernel, kernel_large, neighbours, distances, paired, perceptual, published, resizing, network)
PRECISION = (frechet_precision, kernel_precision)


def quiet(check: Callable[[np.random.Generator], Iterator[Row]], seed: int) -> list[Row]:
    """A check's rows, without what the packages print and warn of."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return list(check(np.random.default_rng(seed)))


def measured(seed: int, threads: int) -> dict[str, Any]:
    """The record: every row, and what made it."""
    sys.meta_path.insert(0, Stub())
    torch.set_num_threads(threads)
    started = perf_counter()
    values = {
        part: [asdict(row) for check in checks for row in quiet(check, seed)]
        for part, checks in (("parity", CHECKS), ("precision", PRECISION))
    }
    return {
        "commit": commit(),
        "command": f"python benchmarks/parity.py --seed {seed} --threads {threads}",
        "seed": seed,
        "threads": threads,
        "seconds": round(perf_counter() - started, 1),
        "versions": {name: version(name) for name in PACKAGES},
        "values": values,
    }


PAGE = """# Parity with the reference packages

Generated by `{command}` from
`docs/results/data/parity.json`; nothing here is typed by hand. `make parity` installs the packages into an environment
of their own and compares again. Commit {commit}, seed {seed}, threads {threads}, {seconds} seconds.

Both sides get the same numbers, so that only arithmetic is compared: features drawn at random, photographs that
scikit-image carries (the example pairs of the LPIPS authors are in no package that was looked into; those in the
documentation of torchmetrics can be drawn again), networks under weights that both sides load. {told}

{versions}

## The same numbers

*Found* is the difference, where marked "abs" or where the other number is 0, else its part of the other number.

{parity}

## Where digits are lost

What a closed form, or the singular values of the centred features in float64, tells exactly. Rivalry has to pass;
whether a reference does is shown, not demanded: sums of roots of
eigenvalues lose half the digits of the small ones, and float32 loses what is small beside what it is taken from.

{precision}
"""


def shown(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.9g}"


def lines(rows: list[Row]) -> str:
    """The table of some rows."""
    head = ["measure", "case", "by", "value", "against", "its value", "bound", "found", "passed"]
    return table(
        head,
        [
            [
                row.measure, row.case + (f" ({row.note})" if row.note else ""), row.who, shown(row.value), row.against,
                shown(row.other), f"{row.bound:g}" + (" abs" if row.absolute else ""),
                f"{row.found:.1e}" if row.found else "0", "yes" if row.passed else "**no**",
            ]
            for row in rows
        ],
    )  # fmt: skip


def rows_of(record: dict[str, Any]) -> dict[str, list[Row]]:
    return {part: [Row(**row) for row in rows] for part, rows in record["values"].items()}


def page(record: dict[str, Any]) -> str:
    """The page of a record."""
    rows = rows_of(record)
    every = [row for part in rows.values() for row in part]
    own, others = ([row.passed for row in every if row.ours is ours] for ours in (True, False))
    told = (
        f"Within their bounds: {sum(own)} of Rivalry's {len(own)} numbers, and {sum(others)} of the {len(others)} of "
        "references beside what can be known exactly."
    )
    versions = table(["package", "version"], [[f"`{name}`", number] for name, number in record["versions"].items()])
    return PAGE.format(
        **{key: record[key] for key in ("command", "commit", "seed", "threads", "seconds")},
        told=told, versions=versions, **{part: lines(found) for part, found in rows.items()},
    )  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    if options.page:
        record = json.loads(RECORD.read_text(encoding="utf-8"))
    else:
        record = measured(options.seed, options.threads)
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "parity.md").write_text(page(record), encoding="utf-8")
    failed = [row for rows in rows_of(record).values() for row in rows if row.ours and not row.passed]
    for row in failed:
        print(f"{row.measure}, {row.case}: {row.value} by rivalry, {row.other} by {row.against}", file=sys.stderr)
    print(f"{RESULTS / 'parity.md'}: {len(failed)} numbers outside their bounds")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
