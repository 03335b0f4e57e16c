"""The simultaneous step against the loop a careful user would type (plain_loops.py), on DCGAN 64x64 without norm in D.

Equal networks, objective and optimisers; medians over interleaved rounds in one process, and the ratio of the fastest
rounds; larger is better. The plain loop alternates, so the two are different games of equal cost to the user; `turns`
is Rivalry's alternating step. Run: python benchmarks/simultaneous.py
"""

import argparse
import json
from statistics import median

import plain_loops
import torch
from train_step import GAMES, measure

from rivalry import Spec, check
from rivalry.checking import open_datasets
from rivalry.engine import Engine
from rivalry.explain import form
from rivalry_zoo.datasets.array import Array


def engine(order: str | None, precision: str, width: int, batch: int) -> Engine:
    """Rivalry's step, with default settings (no averages: the plain loop keeps none)."""
    game = {kind: dict(part) for kind, part in GAMES["dcgan"].items()}
    for kind, name in (("generators", "G"), ("discriminators", "D")):
        game[kind] = {name: {**game[kind][name], "width": width}}
    spec = Spec.model_validate(
        {
            **game,
            "data": Array.of(torch.randn(batch, 3, 64, 64).clamp(-1, 1)),
            "flow": {"fake": "G(z)"},
            "losses": {"game": {"objective": "non_saturating", "judge": "D", "real": "x", "fake": "fake"}},
            "train": {"steps": 1, "batch": batch, "ema": None, "precision": precision, "order": order},
        }
    )
    checked = check(spec)
    if order is not None:
        print(f"{precision}: {form(checked)}")
    return Engine(spec, checked.facts, checked.confirmed, open_datasets(spec), torch.device("cpu"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--json", help="write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    size = (options.width, options.batch)
    contenders = {
        "plain": plain_loops.make_dcgan_step(nf=options.width, batch=options.batch),
        "turns": engine(None, "float32", *size).step,
        "simultaneous": engine("simultaneous", "float32", *size).step,
        "turns bf16": engine(None, "bf16", *size).step,
        "simultaneous bf16": engine("simultaneous", "bf16", *size).step,
    }
    times, figures = measure(contenders, options.rounds, 1), {}
    for name, row in times.items():
        ratio = median(base / mine for base, mine in zip(times["plain"], row, strict=True))
        middle, best = 1e3 * median(row), min(times["plain"]) / min(row)
        figures[name] = {"milliseconds": middle, "ratio": ratio, "best": best}
        print(f"{name:18} {middle:9.1f} ms  ratio {ratio:.2f}  (of the fastest rounds {best:.2f})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"threads": options.threads, "rounds": options.rounds, "values": figures}, file, indent=1)


if __name__ == "__main__":
    main()
