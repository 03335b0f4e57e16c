"""Contracts of those who move parameters: optimizers, and orders of play."""

from collections.abc import Mapping
from typing import Any

import torch
from attrs import define, field
from torch import Tensor

from rivalry.interfaces import Gradients
from rivalry.testing.demands import Build, demand, finite


def check_optimizer(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Downhill, nowhere while skipped, with a state that keeps its form."""
    optimizer = build()
    unknown = [name for name in component.memories if not hasattr(optimizer, name)]
    demand(not unknown, f"`memories` names {', '.join(unknown)}, which are no arguments of it")
    # Small numbers and steps: some optimisers hold parameters in a set, and these are well inside.
    start = [1e-3 * torch.randn(shape) for shape in ((3, 2), (5,), ())]
    weights, gradients = [weight.clone() for weight in start], [torch.ones_like(weight) for weight in start]
    state = optimizer.start(weights)
    shapes = {key: [tensor.shape for tensor in row] for key, row in state.items()}
    held = {key: [tensor.clone() for tensor in row] for key, row in state.items()}
    optimizer.step(weights, gradients, state, lr=0.1, skip=torch.tensor(1.0))
    demand(all(map(torch.equal, weights, start)), "nothing may move where `skip` is 1")
    demand(
        all(torch.equal(a, b) for key in held for a, b in zip(held[key], state[key], strict=True)),
        "a skipped step leaves the state alone",
    )
    for _ in range(2):
        optimizer.step(weights, gradients, state, lr=1e-4)
    demand(
        all(bool((a < b).all()) for a, b in zip(weights, start, strict=True)),
        "parameters must go against their gradients",
    )
    demand(
        shapes == {key: [tensor.shape for tensor in row] for key, row in state.items()},
        "the state must keep its keys and shapes",
    )
    optimizer.step([], [], optimizer.start([]), lr=0.1)


@define
class Bilinear:
    """The game that one player minimises and the other maximises: sum x y, whose gradients turn about its one rest."""

    players: dict[str, list[Tensor]] = field(factory=dict)
    moves: list[Gradients] = field(factory=list)
    memory: dict[str, list[Tensor]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        shapes = (2,), (), (3, 2)
        for player in ("discriminator", "generator"):
            self.players[player] = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]

    def parameters(self) -> dict[str, list[Tensor]]:
        """Both players' parameters."""
        return {player: list(own) for player, own in self.players.items()}

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Each player's gradient of its own loss."""
        return {
            player: list(torch.autograd.grad(self._loss(player, self.players), own, create_graph=differentiable))
            for player, own in self.players.items()
        }

    def losses(self, of: str) -> Tensor:
        """One player's loss, with a graph to that player's parameters alone."""
        others = {player: [p.detach() for p in own] for player, own in self.players.items()}
        return self._loss(of, {**others, of: self.players[of]})

    def mean(self, gradients: Gradients) -> dict[str, list[Tensor]]:
        """The gradients themselves: there is one process."""
        return {player: list(rows) for player, rows in gradients.items()}

    def move(self, gradients: Gradients) -> None:
        """A small step against what is handed over."""
        self.moves.append(gradients)
        demand(set(gradients) == set(self.players), f"wanted gradients of {', '.join(self.players)}, got {gradients}")
        for player, own in self.players.items():
            given = list(gradients[player])
            fits = [gradient.shape for gradient in given] == [parameter.shape for parameter in own]
            demand(fits, f"'{player}' wanted one gradient a parameter, of its shape")
            finite("the gradients", *given)
            for parameter, gradient in zip(own, given, strict=True):
                parameter.data.sub_(0.1 * gradient.detach())

    def copy(self) -> "Bilinear":
        """The game as a checkpoint would bring it back."""
        copy = Bilinear()
        copy.players = {name: [p.detach().clone().requires_grad_() for p in own] for name, own in self.players.items()}
        copy.memory = {name: [tensor.clone() for tensor in rows] for name, rows in self.memory.items()}
        return copy

    def _loss(self, of: str, players: Mapping[str, list[Tensor]]) -> Tensor:
        ours, theirs = players["discriminator"], players["generator"]
        sign = -1 if of == "discriminator" else 1
        with torch.enable_grad():
            return sign * torch.stack([(x * y).sum() for x, y in zip(ours, theirs, strict=True)]).sum()


def check_order(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Every player ends a step one move away from where it stood, by finite gradients; what is kept is in `memory`."""
    order, game = build(), Bilinear()
    for _ in range(3):
        before = {player: [p.detach().clone() for p in own] for player, own in game.players.items()}
        plain, tensors, count = game.gradients(), game.parameters(), len(game.moves)
        order.play(game)
        made = len(game.moves) - count
        demand(made, "wanted one call of `move` a step, got 0")
        same = all(a is b for player, own in tensors.items() for a, b in zip(own, game.players[player], strict=True))
        demand(same, "an order moves parameters by `move`, and does not replace them")
        for player, own in game.players.items():
            demand(all(p.requires_grad and p.is_leaf for p in own), f"parameters of '{player}' must stay leaves")
            finite(f"parameters of '{player}'", *own)
            for start, now, gradient in zip(before[player], own, game.moves[-1][player], strict=True):
                moved = torch.allclose(now, start - 0.1 * gradient.detach())
                demand(moved or made == 1, f"wanted one call of `move` a step, got {made}; undo those that look ahead")
                demand(moved, f"'{player}' must go from where it stood: put parameters back before `move`")
        if component.at_once:
            handed = [torch.equal(a, b) for p in plain for a, b in zip(plain[p], game.moves[-1][p], strict=True)]
            demand(all(handed), "`at_once` says that the plain gradients are handed to `move`")
    kept = [tensor for rows in game.memory.values() for tensor in rows]
    demand(not any(tensor.requires_grad for tensor in kept), "what stays in `memory` must be detached")
    again = game.copy()
    order.play(game)
    build().play(again)
    alike = [torch.equal(a, b) for p in game.players for a, b in zip(game.players[p], again.players[p], strict=True)]
    demand(all(alike), "what an order keeps from step to step belongs in `memory`, which checkpoints save")
