"""What gradient penalties cost, on DCGAN without norm in D, in one process with interleaved rounds.

    R1          Rivalry's step with R1, which shares the loss's forward pass, alternating and with
                `order: simultaneous`, and R1 by a forward pass of its own, as loops written by hand have it; each over
                Rivalry's step without a penalty, and over that step written by hand with the critic at rest in the
                generator's turn
    WGAN-GP     Rivalry's step over the hand-written one below, equal networks, losses and optimisers

All are ratios of time, smaller is better: medians over rounds, and of the fastest. Run: python benchmarks/penalties.py
"""

import argparse
import json
from collections.abc import Callable
from statistics import median
from typing import Any

import plain_loops
import torch
from torch.nn.functional import softplus
from train_step import measure

from rivalry import Spec, check
from rivalry.checking import open_datasets
from rivalry.engine import Engine
from rivalry_zoo.datasets.array import Array

GAME = {"objective": "non_saturating", "judge": "D", "real": "x", "fake": "fake"}
R1 = {"penalty": "r1", "of": "game", "weight": 1.0}
GP = {"penalty": "gradient", "of": "game", "weight": 10.0}


def rivalry(width: int, batch: int, losses: dict[str, Any], order: Any = None) -> Callable[[], Any]:
    """Rivalry's step with default settings (no averages: loops by hand keep none)."""
    spec = Spec.model_validate(
        {
            "data": Array.of(torch.randn(batch, 3, 64, 64).clamp(-1, 1)),
            "latents": {"z": {"use": "normal", "size": 100}},
            "generators": {"G": {"use": "dcgan", "width": width}},
            "discriminators": {"D": {"use": "dcgan", "width": width, "norm": "none"}},
            "flow": {"fake": "G(z)"},
            "losses": losses,
            "train": {"steps": 1, "batch": batch, "ema": None, "order": order},
        }
    )
    checked = check(spec)
    return Engine(spec, checked.facts, checked.confirmed, open_datasets(spec), torch.device("cpu")).step


def by_hand(width: int, batch: int, penalty: str) -> Callable[[], None]:
    """What a careful user types: the tutorial's networks, the critic at rest in the generator's turn."""
    generator, critic = plain_loops.dcgan(64, 3, nf=width)
    optimizers = [torch.optim.Adam(m.parameters(), lr=2e-4, betas=(0.5, 0.999)) for m in (generator, critic)]
    x = torch.randn(batch, 3, 64, 64)

    def cost(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
        if penalty == "r1":
            at = real.clone().requires_grad_()
            (slope,) = torch.autograd.grad(critic(at).sum(), at, create_graph=True)
            return 0.5 * slope.flatten(1).square().sum(1).mean()
        share = torch.rand(batch, 1, 1, 1)
        at = (share * real + (1 - share) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(critic(at).sum(), at, create_graph=True)
        return 10 * (slope.flatten(1).norm(2, dim=1) - 1).square().mean()

    def step() -> None:
        fake = generator(torch.randn(batch, 100, 1, 1))
        real_scores, fake_scores = critic(x), critic(fake.detach())
        if penalty != "gradient":
            loss = softplus(-real_scores).mean() + softplus(fake_scores).mean()
        else:
            loss = fake_scores.mean() - real_scores.mean()
        optimizers[1].zero_grad()
        (loss + cost(x, fake.detach()) if penalty else loss).backward()
        optimizers[1].step()
        critic.requires_grad_(False)
        scores = critic(fake)
        optimizers[0].zero_grad()
        (-scores.mean() if penalty == "gradient" else softplus(-scores).mean()).backward()
        optimizers[0].step()
        critic.requires_grad_(True)

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--json", help="write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    size = options.width, options.batch
    critic = {**GAME, "objective": "wasserstein"}
    contenders = {
        "plain": rivalry(*size, {"game": GAME}),
        "plain by hand": by_hand(*size, ""),
        "r1": rivalry(*size, {"game": GAME, "penalty": R1}),
        "r1 by hand": by_hand(*size, "r1"),
        "r1 simultaneous": rivalry(*size, {"game": GAME, "penalty": R1}, "simultaneous"),
        "wgan_gp": rivalry(*size, {"game": critic, "penalty": GP}),
        "wgan_gp by hand": by_hand(*size, "gradient"),
    }
    times = measure(contenders, options.rounds, 1)
    r1 = ("r1", "r1 by hand", "r1 simultaneous")
    pairs = [(name, base) for base in ("plain", "plain by hand") for name in r1]
    pairs.append(("wgan_gp", "wgan_gp by hand"))
    figures = {}
    for name, base in pairs:
        ratio = median(mine / other for mine, other in zip(times[name], times[base], strict=True))
        best = min(times[name]) / min(times[base])
        figures[f"{name} / {base}"] = {"ratio": ratio, "best": best, "milliseconds": 1e3 * median(times[name])}
        print(f"{name:16} over {base:16} {ratio:.2f}  (of the fastest rounds {best:.2f})")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"threads": options.threads, "rounds": options.rounds, "values": figures}, file, indent=1)


if __name__ == "__main__":
    main()
