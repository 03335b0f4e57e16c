"""Work for several processes: the gradients of one step, by every process, in float64."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, distributed

from rivalry.checking import check, open_datasets
from rivalry.distributed import World
from rivalry.engine import Engine
from small import CPU, narrow

BATCH = 8
CASES: dict[str, tuple[Any, list[str]]] = {
    "no penalty": ("ring_non_saturating", []),
    "real gradient penalty": ("ring", []),
    "interpolated gradient penalty": ("ring_wasserstein", []),
    "pairing relativistic": ("ring_relativistic", []),
    "average relativistic": (
        "ring_relativistic",
        ["losses.game.objective.pairing=average", "losses.fake_penalty=null"],
    ),
    "batch norm in both": ("dcgan", []),
    "labels": ("cgan", []),
    "all at once, one backward pass": ("ring", ["train.order=simultaneous"]),
    "all at once, pairing": ("ring_relativistic", ["train.order=simultaneous"]),
    "a look ahead": ("ring", ["train.order={use: extragradient, step: 0.5}"]),
    "batch norm in G, lazy penalty": ("hinge_resnet", ["discriminators.D.norm=none"]),
}


class Keeps:
    """Stands in for an optimiser: keeps the gradients of every move, and moves by plain descent."""

    lr = 0.1

    def __init__(self, kept: dict[str, Tensor], player: str) -> None:
        self.kept, self.player, self.moves = kept, player, 0

    def step(self, parameters: list[Tensor], gradients: list[Tensor], state: Any, *, lr: float, **more: Any) -> None:
        self.moves += 1
        for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            self.kept[f"{self.player} {self.moves} {index}"] = gradient.clone()
            parameter.data -= lr * gradient


def gradients(case: str, world: World) -> dict[str, Tensor]:
    """All gradients of two steps, the losses of the games, and the buffers at the end."""
    source, settings = CASES[case]
    found = check(source, [*narrow(source, 4), f"train.batch={BATCH}", *settings])
    torch.set_default_dtype(torch.float64)
    try:
        game = Engine(found.spec, found.facts, found.confirmed, open_datasets(found.spec), CPU, world)
        place = game.now.place
        game.now.place = lambda rows: place(rows).double() if rows.is_floating_point() else place(rows)
        kept: dict[str, Tensor] = {}
        for player in game.players.values():
            player.optimizer = Keeps(kept, player.name)
        for _ in range(2):
            losses = game.step()
        kept |= {f"loss {label}": loss.detach() for label, loss in losses.items() if label.startswith("game.")}
        for name, network in game.networks.items():
            kept |= {f"buffer {name}.{key}": value.clone() for key, value in network.named_buffers()}
    finally:
        torch.set_default_dtype(torch.float32)
    return {name: tensor.contiguous() for name, tensor in kept.items()}


def work(rank: int, size: int, folder: str) -> None:
    """What each process does."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=size)
    try:
        for case in CASES:
            save_file(gradients(case, World(rank, size)), Path(folder) / f"{case} {rank}")
    finally:
        distributed.destroy_process_group()
