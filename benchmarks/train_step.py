"""One training step against the loop a careful user would type (plain_loops.py): equal networks, equal precision.

Medians over interleaved rounds in one process; `ratio` is plain / rivalry, so larger is better. Run: python
benchmarks/train_step.py
"""

import argparse
import json
from statistics import median
from time import perf_counter

import plain_loops
import torch

from rivalry import Spec, check
from rivalry.checking import open_datasets
from rivalry.engine import Engine
from rivalry_zoo.datasets.array import Array

GAMES = {
    "dcgan": {
        "latents": {"z": {"use": "normal", "size": 100}},
        "generators": {"G": {"use": "dcgan", "width": 64}},
        "discriminators": {"D": {"use": "dcgan", "width": 64, "norm": "none"}},
    },
    "mlp": {
        "latents": {"z": {"use": "normal", "size": 2}},
        "generators": {"G": {"use": "mlp"}},
        "discriminators": {"D": {"use": "mlp"}},
    },
}


def engine(game: str, precision: str) -> Engine:
    """Rivalry's step with its default settings (no averages: the plain loop keeps none)."""
    real = torch.randn(64, 3, 64, 64).clamp(-1, 1) if game == "dcgan" else torch.randn(64, 2)
    spec = Spec.model_validate(
        {
            **GAMES[game],
            "data": Array.of(real),
            "flow": {"fake": "G(z)"},
            "losses": {"game": {"objective": "non_saturating", "judge": "D", "real": "x", "fake": "fake"}},
            "train": {"steps": 1, "batch": 64, "ema": None, "precision": precision},
        }
    )
    checked = check(spec)
    return Engine(spec, checked.facts, checked.confirmed, open_datasets(spec), torch.device("cpu"))


def plain(game: str):
    """The hand-written step."""
    return plain_loops.make_dcgan_step() if game == "dcgan" else plain_loops.make_mlp_step()


def measure(contenders: dict, rounds: int, repeat: int) -> dict[str, list[float]]:
    """Seconds per step of every contender, round by round in turn."""
    for step in contenders.values():
        for _ in range(max(2, repeat // 4)):
            step()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, step in contenders.items():
            start = perf_counter()
            for _ in range(repeat):
                step()
            times[name].append((perf_counter() - start) / repeat)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--games", nargs="+", default=list(GAMES), choices=GAMES)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="also time Rivalry in bf16")
    parser.add_argument("--json", help="write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    figures = {}
    for game in options.games:
        contenders = {"plain": plain(game), "rivalry": engine(game, "float32").step}
        if options.bf16:
            contenders["rivalry bf16"] = engine(game, "bf16").step
        times = measure(contenders, options.rounds, 1 if game == "dcgan" else 200)
        for name, row in times.items():
            ratio = median(base / mine for base, mine in zip(times["plain"], row, strict=True))
            middle, best = 1e3 * median(row), min(times["plain"]) / min(row)
            figures[f"{game} {name}"] = {"milliseconds": middle, "ratio": ratio, "best": best}
            print(f"{game:6} {name:13} {middle:9.3f} ms  ratio {ratio:.2f}  (of the fastest rounds {best:.2f})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"threads": options.threads, "rounds": options.rounds, "values": figures}, file, indent=1)


if __name__ == "__main__":
    main()
