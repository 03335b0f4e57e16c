"""How fast and how exact the metrics are, against the packages that people use for them, on equal features.

    python benchmarks/metrics.py                      # every contest whose peers are installed, 3 rounds, 2 threads
    python benchmarks/metrics.py --only kid --rounds 5
    python benchmarks/metrics.py --large              # 50,000 samples, Rivalry alone: minutes each
    python benchmarks/metrics.py --page               # only rewrite docs/results/metric-speed.md

A record is a line of docs/results/data/metric-speed.jsonl; the page shows the last of each contest. Contenders live in
processes of their own (thread pools that spin disturb each other within one) and run in turn, round by round; a ratio
is the median over rounds of the peer's time by Rivalry's. `off` is the largest relative difference from a closed form
or from a plain float64 computation of NumPy. Memory is a process's largest resident size, the packages it imports
included.

Peers are optional; install what is missing beside Rivalry, without their dependencies, which would replace torch:

    pip install --no-deps torch-fidelity pytorch-fid prdc POT scikit-learn joblib threadpoolctl narwhals "scipy<1.18"

torch-fidelity and pytorch-fid import torchvision, whose ordinary wheel does not fit a torch built for the CPU alone.
Their arithmetic needs none of it, so that a stub takes its place where it is missing or does not load. pytorch-fid 0.3
asks SciPy for an argument that 1.18 has no longer.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import resource
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from math import sqrt
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from types import ModuleType
from typing import Any

import numpy as np
import torch
from attrs import field, frozen

RESULTS = Path(__file__).parent.parent / "docs" / "results"
RECORDS = RESULTS / "data" / "metric-speed.jsonl"
PAUSE = 0.25
"""Seconds before each call, for the last contender's threads to fall asleep."""

Values = dict[str, float]
Inputs = dict[str, Any]
Sizes = dict[str, int]


@frozen
class Contest:
    """One task: who does it, on which inputs, and how much faster Rivalry has to be than each peer."""

    name: str
    what: str
    sizes: Sizes
    draw: Callable[[Sizes, int], Inputs]
    rivalry: Callable[[Inputs], Values]
    peers: dict[str, Callable[[Inputs], Values]] = field(factory=dict)
    """By the name of their package."""
    required: dict[str, float] = field(factory=dict)
    truth: Callable[[Inputs], Values] | None = None
    off: float | None = None
    """The largest relative difference from the truth that Rivalry may have."""
    most: float | None = None
    """The most memory that Rivalry may take, in GB."""
    large: bool = False

    def contenders(self) -> dict[str, Callable[[Inputs], Values]]:
        """Everyone who can take part here: Rivalry, peers that are installed, and the truth."""
        told = {} if self.truth is None else {"truth": self.truth}
        return {"rivalry": self.rivalry, **{name: run for name, run in self.peers.items() if installed(name)}, **told}


def installed(package: str) -> str | None:
    """The version of a package, if it is there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


class Anything(type):
    """A class whose attributes are such classes in turn."""

    def __getattr__(cls, word: str) -> "Anything":
        if word.startswith("__"):
            raise AttributeError(f"the stub {cls.__name__} has no {word}")
        return Anything(word, (), {})


class Stubs(Loader, MetaPathFinder):
    """Modules of torchvision of which everything can be imported and nothing used."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Ours, whatever it is called."""
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] == "torchvision" else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Any word of it is a class of classes."""
        made = ModuleType(spec.name)
        made.__getattr__ = Anything(spec.name, (), {}).__getattr__
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


def peer(module: str) -> ModuleType:
    """A module of a peer, which may think that torchvision is there."""
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError):
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        sys.meta_path.insert(0, Stubs())
    return importlib.import_module(module)


def two_sets(sizes: Sizes, seed: int) -> Inputs:
    """Features as rectified networks have them: not negative, of unequal size; the fake ones somewhat larger."""
    draw = torch.Generator().manual_seed(seed)
    scales = torch.linspace(1.5, 0.5, sizes["d"])

    def one(shift: float) -> torch.Tensor:
        return torch.randn(sizes["n"], sizes["d"], generator=draw).add_(0.1 + shift).mul_(scales).relu_()

    return arrays({"real": one(0.0), "fake": one(0.05)})


def arrays(inputs: Inputs) -> Inputs:
    """The same numbers for those who want NumPy's arrays."""
    return {**inputs, **{f"{name}_array": value.numpy() for name, value in inputs.items()}}


# Frechet distance


def statistics_of(sizes: Sizes, seed: int) -> Inputs:
    """Means and covariances, as a reference set is stored."""
    sets, found = two_sets(sizes, seed), {}
    for name in ("real", "fake"):
        wide = sets[name].double()
        found |= {f"{name}_mean": wide.mean(0), f"{name}_covariance": torch.cov(wide.T)}
    return arrays(found)


def axes(d: int, seed: int) -> torch.Tensor:
    """Random orthonormal axes [d, d], in columns."""
    draw = torch.Generator().manual_seed(seed)
    return torch.linalg.qr(torch.randn(d, d, generator=draw, dtype=torch.float64)).Q


def deviations(d: int, least: float, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two sets of deviations between `least` and 1, each in an order of its own."""
    draw = torch.Generator().manual_seed(seed)
    steps = torch.logspace(float(np.log10(least)), 0, d, dtype=torch.float64)
    return steps[torch.randperm(d, generator=draw)], steps[torch.randperm(d, generator=draw)]


def commuting(sizes: Sizes, seed: int) -> Inputs:
    """Covariances of condition 1e8 with the same axes, whose distance is sum (a - b)^2 of their deviations."""
    d = sizes["d"]
    turn, (a, b), centre = axes(d, seed), deviations(d, 1e-4, seed), torch.zeros(d, dtype=torch.float64)
    first, second = ((turn * part**2) @ turn.T for part in (a, b))
    found = {
        "real_mean": centre, "real_covariance": (first + first.T) / 2,
        "fake_mean": centre, "fake_covariance": (second + second.T) / 2,
    }  # fmt: skip
    return {**arrays(found), "distance": float((a - b).square().sum())}


def few_samples(sizes: Sizes, seed: int) -> Inputs:
    """Fewer samples than features, their sample covariances again with the same axes."""
    n, d, rank = sizes["n"], sizes["d"], sizes["n"] - 1
    turn, (a, b) = axes(d, seed)[:, :rank], deviations(rank, 1e-2, seed)
    flat = torch.full((n, 1), 1 / sqrt(n), dtype=torch.float64)

    def one(parts: torch.Tensor, seed: int) -> torch.Tensor:
        draw = torch.Generator().manual_seed(seed)
        raw = torch.cat([flat, torch.randn(n, rank, generator=draw, dtype=torch.float64)], 1)
        return torch.linalg.qr(raw).Q[:, 1:] * sqrt(n - 1) * parts @ turn.T  # columns of mean 0

    found = {"real": one(a, seed + 1), "fake": one(b, seed + 2)}
    return {**arrays(found), "distance": float((a - b).square().sum())}


def frechet_of_statistics(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.frechet_distance import frechet_from_statistics

    names = ("real_mean", "real_covariance", "fake_mean", "fake_covariance")
    return {"distance": frechet_from_statistics(*(inputs[name] for name in names)).value}


def frechet_of_features(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.frechet_distance import frechet_distance

    return {"distance": frechet_distance(inputs["real"], inputs["fake"]).value}


def fidelity_of_statistics(inputs: Inputs) -> Values:
    metric = peer("torch_fidelity.metric_fid")
    sets = (
        {"mu": inputs[f"{name}_mean_array"], "sigma": inputs[f"{name}_covariance_array"]} for name in ("real", "fake")
    )
    return {"distance": metric.fid_statistics_to_metric(*sets, False)[metric.KEY_METRIC_FID]}


def fidelity_of_features(inputs: Inputs) -> Values:
    metric = peer("torch_fidelity.metric_fid")
    sets = (metric.fid_features_to_statistics(inputs[name]) for name in ("real", "fake"))
    return {"distance": metric.fid_statistics_to_metric(*sets, False)[metric.KEY_METRIC_FID]}


def pytorch_fid_of_statistics(inputs: Inputs) -> Values:
    names = ("real_mean", "real_covariance", "fake_mean", "fake_covariance")
    calculate = peer("pytorch_fid.fid_score").calculate_frechet_distance
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of sqrtm's `disp`, which it asks for
        return {"distance": float(np.real(calculate(*(inputs[f"{name}_array"] for name in names))))}


def frechet_by_singular_values(inputs: Inputs) -> Values:
    """Singular values of the product of Cholesky factors: never a square root of rounding."""
    means, covariances = (
        [inputs[f"{name}_{what}_array"] for name in ("real", "fake")] for what in ("mean", "covariance")
    )
    one, other = (np.linalg.cholesky(covariance) for covariance in covariances)
    overlap = np.linalg.svd(one.T @ other, compute_uv=False).sum()
    apart = ((means[0] - means[1]) ** 2).sum()
    return {"distance": float(apart + sum(np.trace(covariance) for covariance in covariances) - 2 * overlap)}


def known(inputs: Inputs) -> Values:
    return {"distance": inputs["distance"]}


def moments(inputs: Inputs) -> Values:
    from rivalry_zoo.blocks.feature_statistics import FeatureStatistics

    statistics = FeatureStatistics()
    statistics.add(inputs["real"])
    return summary(statistics.mean.numpy(), statistics.covariance.numpy())


def numpy_moments(inputs: Inputs) -> Values:
    return summary(np.mean(inputs["real_array"], axis=0), np.cov(inputs["real_array"], rowvar=False))


def summary(mean: Any, covariance: Any) -> Values:
    return {"mean": float(mean.sum()), "trace": float(np.trace(covariance)), "all": float(covariance.sum())}


def plain_moments(inputs: Inputs) -> Values:
    wide = inputs["real_array"].astype(np.float64)
    apart = wide - wide.mean(0)
    return {
        "mean": float(wide.mean(0).sum()),
        "trace": float((apart**2).sum() / (len(wide) - 1)),
        "all": float((apart.sum(1) ** 2).sum() / (len(wide) - 1)),
    }


# KID


def kid_of_all_pairs(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.kid import kid

    return {"kid": kid(inputs["real"], inputs["fake"]).value}


def fidelity_kid(inputs: Inputs, subsets: int = 100, size: int = 1000) -> dict[str, float]:
    """On subsets drawn by its own seed."""
    metric = peer("torch_fidelity.metric_kid")
    return metric.kid_features_to_metric(
        inputs["real"], inputs["fake"], kid_subsets=subsets, kid_subset_size=size, rng_seed=2020, verbose=False
    )


def fidelity_kid_mean(inputs: Inputs) -> Values:
    return {"kid": fidelity_kid(inputs, size=min(1000, len(inputs["real"])))["kernel_inception_distance_mean"]}


def cubic(x: Any, y: Any) -> Any:
    return (x @ y.T / x.shape[1] + 1) ** 3


def plain_kid(inputs: Inputs) -> Values:
    """Every pair in float64, by NumPy, 500 rows at a time."""
    sets = [inputs[f"{name}_array"].astype(np.float64) for name in ("real", "fake")]

    def mean(x: Any, y: Any) -> float:
        total = sum(cubic(x[i : i + 500], y).sum() for i in range(0, len(x), 500))
        if x is not y:
            return total / (len(x) * len(y))
        own = (((x**2).sum(1) / x.shape[1] + 1) ** 3).sum()
        return (total - own) / (len(x) * (len(x) - 1))

    return {"kid": float(mean(sets[0], sets[0]) + mean(sets[1], sets[1]) - 2 * mean(*sets))}


SUBSETS, SIZE = 20, 1000


def fidelity_rows(inputs: Inputs) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The subsets that torch-fidelity draws."""
    draw, counts = np.random.RandomState(2020), [len(inputs[name]) for name in ("real", "fake")]
    for _ in range(SUBSETS):
        chosen = [torch.from_numpy(draw.choice(n, min(SIZE, *counts), replace=False)) for n in counts]
        yield chosen[0], chosen[1]


def kid_of_subsets(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.kid import kid_subsets

    mean, deviation = kid_subsets(inputs["real"], inputs["fake"], rows=fidelity_rows(inputs))
    return {"mean": mean, "deviation": deviation}


def fidelity_kid_of_subsets(inputs: Inputs) -> Values:
    found = fidelity_kid(inputs, SUBSETS, min(SIZE, len(inputs["real"])))
    return {"mean": found["kernel_inception_distance_mean"], "deviation": found["kernel_inception_distance_std"]}


def plain_kid_of_subsets(inputs: Inputs) -> Values:
    real, fake = (inputs[name] for name in ("real", "fake"))
    found = [plain_kid(arrays({"real": real[i], "fake": fake[j]}))["kid"] for i, j in fidelity_rows(inputs)]
    return {"mean": float(np.mean(found)), "deviation": float(np.std(found))}


# Precision, recall, density, coverage

NEAREST = 5


def four(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.prdc import prdc

    return {name: score.value for name, score in prdc(inputs["real"], inputs["fake"], NEAREST).items()}


def prdc_package(inputs: Inputs) -> Values:
    found = peer("prdc").compute_prdc(inputs["real_array"], inputs["fake_array"], nearest_k=NEAREST)
    return {name: float(value) for name, value in found.items()}


def close_sets(sizes: Sizes, seed: int) -> Inputs:
    """Features that differ enough for none of the four to be 0 or 1."""
    draw = torch.Generator().manual_seed(seed)
    mix = torch.randn(min(16, sizes["d"]), sizes["d"], generator=draw)

    def one(width: float) -> torch.Tensor:
        hidden = width * torch.randn(sizes["n"], len(mix), generator=draw)
        return (hidden @ mix + 0.1 * torch.randn(sizes["n"], sizes["d"], generator=draw)).relu_()

    return arrays({"real": one(1.0), "fake": one(0.9)})


def with_held_out(sizes: Sizes, seed: int) -> Inputs:
    """`close_sets`, and real features that nobody trained on."""
    return {**close_sets(sizes, seed), "held_out": close_sets(sizes, seed + 1)["real"]}


def component(name: str) -> Callable[[Inputs], Values]:
    """An installed metric with its usual settings, given what it needs."""

    def run(inputs: Inputs) -> Values:
        from rivalry.plugins import plugins

        metric = plugins().table()["metric"][name][0](samples=len(inputs["real"]))
        found = metric.compute(inputs["real"], inputs["fake"], **{need: inputs[need] for need in metric.needs})
        parts = found if metric.parts else {name: found}
        return {part: score.value for part, score in parts.items()}

    return run


# Transport


def sliced(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.sliced_wasserstein import sliced_wasserstein

    return {"distance": sliced_wasserstein(inputs["real"], inputs["fake"], directions=256).value}


def lines_of(inputs: Inputs) -> Any:
    from rivalry_zoo.metrics.sliced_wasserstein import directions_on_sphere

    return directions_on_sphere(256, inputs["real"].shape[1], 0).numpy()


def pot_sliced(inputs: Inputs) -> Values:
    distance = peer("ot").sliced_wasserstein_distance
    sets = (inputs[f"{name}_array"].astype(np.float64) for name in ("real", "fake"))
    return {"distance": float(distance(*sets, projections=lines_of(inputs).T, p=1))}


def plain_sliced(inputs: Inputs) -> Values:
    a, b = (np.sort(inputs[f"{name}_array"].astype(np.float64) @ lines_of(inputs).T, 0) for name in ("real", "fake"))
    return {"distance": float(np.abs(a - b).mean())}


def marginal(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.wasserstein_1d import wasserstein_1d

    return {"distance": wasserstein_1d(inputs["real"], inputs["fake"]).value}


def scipy_marginal(inputs: Inputs) -> Values:
    distance = peer("scipy.stats").wasserstein_distance
    real, fake = inputs["real_array"], inputs["fake_array"]
    return {"distance": float(np.mean([distance(real[:, i], fake[:, i]) for i in range(real.shape[1])]))}


def plain_marginal(inputs: Inputs) -> Values:
    a, b = (np.sort(inputs[f"{name}_array"].astype(np.float64), 0) for name in ("real", "fake"))
    return {"distance": float(np.abs(a - b).mean())}


# MMD

WIDTHS = (1, 2, 4, 8, 16)


def unit_of(inputs: Inputs) -> float:
    return sqrt(inputs["real"].shape[1]) / 4


def mixture(inputs: Inputs) -> Values:
    from rivalry_zoo.metrics.mmd import mmd

    return {"mmd": mmd(inputs["real"], inputs["fake"], "rbf", unit_of(inputs)).value}


def means_of_kernel(inputs: Inputs, kernel: Callable[[Any, Any], Any]) -> Values:
    """The unbiased squared discrepancy of a kernel of value 1 at distance 0."""
    x, y = (inputs[f"{name}_array"].astype(np.float64) for name in ("real", "fake"))
    m, n = len(x), len(y)
    within = (kernel(x, x).sum() - m) / (m * (m - 1)) + (kernel(y, y).sum() - n) / (n * (n - 1))
    return {"mmd": float(within - 2 * kernel(x, y).mean())}


def sklearn_mixture(inputs: Inputs) -> Values:
    rbf = peer("sklearn.metrics.pairwise").rbf_kernel
    gammas = [0.5 / (width * unit_of(inputs)) ** 2 for width in WIDTHS]
    return means_of_kernel(inputs, lambda x, y: sum(rbf(x, y, gamma=gamma) for gamma in gammas) / len(WIDTHS))


def plain_mixture(inputs: Inputs) -> Values:
    def kernel(x: Any, y: Any) -> Any:
        squares = peer("scipy.spatial.distance").cdist(x, y, "sqeuclidean") / unit_of(inputs) ** 2
        return sum(np.exp(squares / (-2 * width**2)) for width in WIDTHS) / len(WIDTHS)

    return means_of_kernel(inputs, kernel)


WIDE = {"n": 10_000, "d": 2048}
HUGE = {"n": 50_000, "d": 2048}
LARGE = (
    "mmd", "one_nearest_neighbour", "memorisation", "hubness", "prd", "parzen", "sliced_wasserstein", "wasserstein_1d",
)  # fmt: skip
CONTESTS = [
    Contest(
        "frechet_statistics", "Frechet distance of means and covariances", {"n": 4096, "d": 2048}, statistics_of,
        frechet_of_statistics,
        {"torch-fidelity": fidelity_of_statistics, "pytorch-fid": pytorch_fid_of_statistics},
        {"torch-fidelity": 2.5, "pytorch-fid": 10.0}, frechet_by_singular_values, 1e-12,
    ),
    Contest(
        "frechet_conditioned", "the same, of condition 1e8, against its closed form", {"d": 1024}, commuting,
        frechet_of_statistics,
        {"torch-fidelity": fidelity_of_statistics, "pytorch-fid": pytorch_fid_of_statistics}, {}, known, 1e-12,
    ),
    Contest(
        "frechet_thin", "Frechet distance of fewer samples than features, against its closed form",
        {"n": 1000, "d": 2048}, few_samples, frechet_of_features, {"torch-fidelity": fidelity_of_features},
        {"torch-fidelity": 10.0}, known, 1e-12,
    ),
    Contest(
        "moments", "mean and covariance", WIDE, two_sets, moments, {"numpy": numpy_moments}, {}, plain_moments, 1e-12,
    ),
    Contest(
        "kid", "KID: all pairs, against 100 subsets of 1,000", WIDE, two_sets, kid_of_all_pairs,
        {"torch-fidelity": fidelity_kid_mean}, {"torch-fidelity": 1.3}, plain_kid, 1e-6,
    ),
    Contest(
        "kid_subsets", f"KID: the same {SUBSETS} subsets of {SIZE:,}", {"n": 4000, "d": 2048}, two_sets, kid_of_subsets,
        {"torch-fidelity": fidelity_kid_of_subsets}, {}, plain_kid_of_subsets, 1e-6,
    ),
    Contest(
        "prdc", "precision, recall, density and coverage together", WIDE, close_sets, four, {"prdc": prdc_package},
        {"prdc": 4.0}, most=1.0,
    ),
    Contest(
        "sliced_wasserstein", "sliced Wasserstein, the same 256 directions", {"n": 10_000, "d": 256}, two_sets, sliced,
        {"POT": pot_sliced}, {"POT": 5.0}, plain_sliced, 1e-12,
    ),
    Contest(
        "wasserstein_1d", "1-D Wasserstein of 256 dimensions", {"n": 10_000, "d": 256}, two_sets, marginal,
        {"scipy": scipy_marginal}, {"scipy": 20.0}, plain_marginal, 1e-12,
    ),
    Contest(
        "mmd", "MMD, Gaussian kernels of five widths", {"n": 2000, "d": 256}, two_sets, mixture,
        {"scikit-learn": sklearn_mixture}, {"scikit-learn": 2.5}, plain_mixture, 1e-9,
    ),
    Contest(
        "mmd_many", "the same of more samples", {"n": 6000, "d": 256}, two_sets, mixture,
        {"scikit-learn": sklearn_mixture}, {"scikit-learn": 2.5},
    ),
    Contest("frechet_large", "Frechet distance", HUGE, two_sets, frechet_of_features, most=24.0, large=True),
    Contest("kid_large", "KID: all pairs", HUGE, two_sets, kid_of_all_pairs, most=24.0, large=True),
    Contest("prdc_large", "precision, recall, density and coverage", HUGE, close_sets, four, most=24.0, large=True),
    *(
        Contest(
            f"{name}_large", name.replace("_", " "), {"n": 50_000, "d": 256}, with_held_out, component(name), most=24.0,
            large=True,
        )
        for name in LARGE
    ),
]  # fmt: skip


def resident() -> float:
    """The largest resident size of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def serve(pipe: Any, name: str, who: str, sizes: Sizes, seed: int, threads: int) -> None:
    """A contender's process: run once for every message, answer with seconds, values and memory."""
    torch.set_num_threads(threads)
    (contest,) = (contest for contest in CONTESTS if contest.name == name)
    inputs, run = contest.draw(sizes, seed), contest.contenders()[who]
    pipe.send(resident())
    while pipe.recv():
        sleep(PAUSE)
        start = perf_counter()
        values = run(inputs)
        pipe.send((perf_counter() - start, values, resident()))


def off(values: Values, truth: Values) -> float:
    """The largest relative difference."""
    return max(abs(values[name] - truth[name]) / (abs(truth[name]) or 1.0) for name in truth)


def held(contest: Contest, rounds: int, seed: int, threads: int) -> dict[str, Any]:
    """A contest in turns: for everyone seconds, values, memory before the first call and at the end."""
    spawn, pipes, processes = multiprocessing.get_context("spawn"), {}, []
    found: dict[str, dict[str, Any]] = {}
    try:
        for who in contest.contenders():
            pipes[who], end = spawn.Pipe()
            words = (end, contest.name, who, contest.sizes, seed, threads)
            processes.append(spawn.Process(target=serve, args=words))  # daemons may not have workers, as joblib's
            processes[-1].start()
            end.close()
            found[who] = {"seconds": [], "before": pipes[who].recv()}
        for turn in range(rounds + (not contest.large)):  # the first round warms up
            for who, pipe in pipes.items():
                if who != "truth" or not turn:
                    pipe.send(True)
                    seconds, values, memory = pipe.recv()
                    found[who] |= {"values": values, "memory": memory}
                    if turn or contest.large:
                        found[who]["seconds"].append(seconds)
    finally:
        for pipe, process in zip(pipes.values(), processes, strict=True):
            try:
                pipe.send(False)
            except OSError:
                process.terminate()
            process.join()
    return found


def judged(contest: Contest, found: dict[str, Any]) -> dict[str, Any]:
    """What the page shows of a contest: a line for each contender."""
    truth, lines = found.get("truth"), {}
    for who, got in found.items():
        if who == "truth":
            continue
        ratios = [b / a for a, b in zip(found["rivalry"]["seconds"], got["seconds"], strict=True)]
        lines[who] = {
            "seconds": median(got["seconds"]),
            "ratio": median(ratios),
            "off": off(got["values"], truth["values"]) if truth else None,
            "memory": got["memory"],
            "before": got["before"],
            "values": got["values"],
        }
    return lines


def failures(contest: Contest, lines: dict[str, Any]) -> list[str]:
    """What a contest promised and did not keep, in words."""
    mine, found = lines["rivalry"], []
    for who, wanted in contest.required.items():
        if who in lines and lines[who]["ratio"] < wanted:
            found.append(f"{lines[who]['ratio']:.2f} times as fast as {who}, wanted {wanted:g}")
    if contest.off is not None and mine["off"] is not None and mine["off"] > contest.off:
        found.append(f"off by {mine['off']:.1e}, wanted {contest.off:.0e}")
    if contest.most is not None and mine["memory"] > contest.most:
        found.append(f"took {mine['memory']:.2f} GB, wanted {contest.most:g}")
    if contest.name == "prdc" and "prdc" in lines and mine["values"] != lines["prdc"]["values"]:
        found.append("other values than prdc")
    return found


def records() -> dict[str, dict[str, Any]]:
    """The last record of every contest."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.is_file() else []
    return {row["name"]: row for row in map(json.loads, lines)}


PAGE = """# Metrics: speed and precision

Generated by `python benchmarks/metrics.py --page` from `docs/results/data/metric-speed.jsonl`; nothing here is typed by
hand.

Each contender runs in a process of its own, in turn, on the same features. *Ratio* is the median over rounds of its
time by Rivalry's, *wanted* what Rivalry promises. *Off* is the largest relative difference from a closed form or from
NumPy's plain float64; for KID on other pairs it is the noise of random subsets. *GB* is the process's largest resident
size, its packages included, and before the first call.

{verdict}

{tables}

## 50,000 samples

{large}

## How

{how}
"""


def rows_of(contest: Contest, row: dict[str, Any]) -> list[list[Any]]:
    """A contest's lines of the table, Rivalry first."""
    from results import number

    found = []
    for who, line in row["values"].items():
        wanted = contest.required.get(who)
        found.append([
            contest.what if who == "rivalry" else "",
            who if who == "rivalry" else f"{who} {row['versions'].get(who, '')}".strip(),
            number(line["seconds"]),
            "" if who == "rivalry" else f"{line['ratio']:.1f}",
            "" if wanted is None else f"{wanted:g}",
            "" if line["off"] is None else f"{line['off']:.0e}",
            f"{line['memory']:.2f} ({line['before']:.2f})",
        ])  # fmt: skip
    return found


HOW = ("rounds", "threads", "seed", "commit")


def command(row: dict[str, Any]) -> str:
    """As code."""
    return f"`{row['command']}`"


def page() -> str:
    """The page, from the records."""
    from results import table

    known_, head = records(), ["task", "by", "seconds", "ratio", "wanted", "off", "GB (before)"]
    done = [(contest, known_[contest.name]) for contest in CONTESTS if contest.name in known_]
    missed = [f"`{c.name}`: {fault}" for c, row in done for fault in failures(c, row["values"])]
    tables = []
    for large in (False, True):
        lines = [line for c, row in done if c.large is large for line in rows_of(c, row)]
        tables.append(table(head, lines) if lines else "Nothing has run yet.")
    how = table(
        ["contest", "n", "d", *HOW, "command"],
        [
            [f"`{c.name}`", *(row["sizes"].get(size, "") for size in "nd"), *(row[key] for key in HOW), command(row)]
            for c, row in done
        ],
    )
    verdict = f"Everything that was promised holds, in {len(done)} of {len(CONTESTS)} contests that have run."
    if missed:
        verdict = "**Not kept:** " + "; ".join(missed) + "."
    return PAGE.format(verdict=verdict, tables=tables[0], large=tables[1], how=how)


def run(contest: Contest, rounds: int, seed: int, threads: int) -> dict[str, Any]:
    """One contest's record."""
    from results import commit

    start = perf_counter()
    lines = judged(contest, held(contest, rounds, seed, threads))
    words = ["python benchmarks/metrics.py", "--only", contest.name, f"--rounds {rounds}", f"--threads {threads}"]
    return {
        "name": contest.name,
        "commit": commit(),
        "command": " ".join([*words, *([f"--seed {seed}"] if seed else [])]),
        "seed": seed,
        "threads": threads,
        "seconds": round(perf_counter() - start, 1),
        "rounds": rounds,
        "sizes": contest.sizes,
        "versions": {name: installed(name) for name in ("torch", "numpy", *contest.peers)},
        "values": lines,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [contest.name for contest in CONTESTS]
    parser.add_argument("--only", action="append", metavar="CONTEST", choices=names, help=f"of {', '.join(names)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true", help="50,000 samples, Rivalry alone")
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    parser.add_argument("--page", action="store_true", help="only rewrite the page")
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(options.threads)  # children read it
    chosen = [c for c in CONTESTS if (c.name in options.only if options.only else c.large is options.large)]
    for contest in [] if options.page else chosen:
        missing = [name for name in contest.peers if not installed(name)]
        row = run(contest, 1 if contest.large else options.rounds, options.seed, options.threads)
        print(
            f"{contest.name}: {contest.what}" + (f" (not installed: {', '.join(missing)})" if missing else ""),
            flush=True,
        )
        for who, line in row["values"].items():
            more = f"off {line['off']:.1e}  " if line["off"] is not None else ""
            print(
                f"    {who:15} {line['seconds']:9.3f} s  ratio {line['ratio']:6.2f}  {more}"
                f"{line['memory']:.2f} GB ({line['before']:.2f} before)  "
                + "  ".join(f"{name} {value:.8g}" for name, value in line["values"].items())
            )
        for fault in failures(contest, row["values"]):
            print(f"    NOT KEPT: {fault}")
        if not options.dry and not missing:
            RECORDS.parent.mkdir(parents=True, exist_ok=True)
            with RECORDS.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
    if not options.dry:
        Path(RESULTS / "metric-speed.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
