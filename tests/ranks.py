"""Work for several processes: the gradients of one step, by every process, in float64."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, distributed

from rivalry.checking import check, open_datasets
from rivalry.distributed import World
from rivalry.engine import Engine
from rivalry.plugins import plugins
from small import CPU, TINY, Wide, narrow, tiny

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
    "the gradient of all gradients": ("ring", ["train.order={use: consensus, weight: 0.5}"]),
    "one sum of all losses": ("ring", ["train.order=merged"]),
    "gradients remembered": ("ring", ["train.order=optimistic"]),
    "a weight norm, a penalty of weights": (
        "ring",
        ["discriminators.D.weight_norm=spectral", "losses.small={penalty: orthogonal, on: [G, D], weight: 0.1}"],
    ),
    "two tensors observed": ("ring_magan", ["schedules.margin.epoch=1"]),
    "batch norm in G, lazy penalty": ("hinge_resnet", ["discriminators.D.norm=none"]),
    "a number that observes": (
        "ring",
        [
            "schedules.k={use: proportional_control, observe: 0.5 * D(x) - D(fake), gain: 5, initial: 0.5}",
            "losses.game.objective={use: began, balance: k}",
        ],
    ),
    "a gate": ("ring", ["players.generator.when=penalty < 0.00125"]),
    "replay": ("cyclegan", []),
    "factors, draws": ("vae_gan", []),
    "losses apart, an observing augment": (
        "stylegan2_mini_ada",  # whose noise and groups of samples are each process's own
        ["generators.S.noise=false", "discriminators.D.minibatch_stddev=false"],
    ),
    "a weight that follows gradients": ("vqgan_mini", ["losses.game.after=0"]),
}
CASES |= {
    f"objective {name}": ("ring_non_saturating", [f"losses.game.objective={name}"])
    for name, (component, _) in plugins().table()["objective"].items()
    if component.__module__.startswith("rivalry_zoo.")
}


class Keeps:
    """Stands in for an optimiser: keeps the gradients of every move, and moves by plain descent."""

    lr = 0.1

    def __init__(self, kept: dict[str, Tensor], player: str) -> None:
        self.kept, self.player, self.moves = kept, player, 0

    def step(
        self, parameters: list[Tensor], gradients: list[Tensor], state: Any, *, lr: float, skip: Tensor | None = None
    ) -> None:
        self.moves += 1
        share = torch.ones(()) if skip is None else 1 - skip
        self.kept[f"{self.player} {self.moves} share"] = share
        for index, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            self.kept[f"{self.player} {self.moves} {index}"] = gradient.clone()
            parameter.data -= lr * share * gradient


def gradients(case: str, world: World) -> dict[str, Tensor]:
    """All gradients of two steps, the losses of the games, and the buffers at the end."""
    source, settings = CASES[case]
    small = tiny(source)[0] if (TINY / f"{source}.yaml").is_file() else source
    size = [] if small != source else narrow(source, 4)
    found = check(small, [*size, f"train.batch={BATCH}", *settings])
    datasets = {name: Wide(dataset) for name, dataset in open_datasets(found.spec).items()}
    torch.set_default_dtype(torch.float64)
    try:
        game = Engine(found.spec.games()[0], found.facts, found.stages[0], datasets, CPU, world)
        kept: dict[str, Tensor] = {}
        for player in game.players.values():
            player.optimizer = Keeps(kept, player.name)
        for _ in range(2):
            losses = game.step()
        kept |= {f"loss {label}": loss.detach() for label, loss in losses.items() if label.startswith("game.")}
        kept |= {f"number {name}": game.now.number(name) for name in game.now.observers}
        for name, network in game.networks.items():
            kept |= {f"buffer {name}.{key}": value.clone() for key, value in network.named_buffers()}
    finally:
        torch.set_default_dtype(torch.float32)
    return {name: tensor.detach().clone().contiguous() for name, tensor in kept.items()}


def work(rank: int, size: int, folder: str) -> None:
    """What each process does."""
    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=size)
    try:
        for case in CASES:
            save_file(gradients(case, World(rank, size)), Path(folder) / f"{case} {rank}")
    finally:
        distributed.destroy_process_group()
