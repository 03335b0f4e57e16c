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
    start = [torch.randn(3, 2), torch.randn(5), torch.randn(())]
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
        optimizer.step(weights, gradients, state, lr=0.1)
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

    def __attrs_post_init__(self) -> None:
        shapes = (2,), (), (3, 2)
        for player in ("discriminator", "generator"):
            self.players[player] = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]

    def parameters(self) -> dict[str, list[Tensor]]:
        """Both players' parameters."""
        return {player: list(own) for player, own in self.players.items()}

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Each player's gradient of its own loss."""
        ours, theirs = self.players["discriminator"], self.players["generator"]
        with torch.enable_grad():
            game = torch.stack([(x * y).sum() for x, y in zip(ours, theirs, strict=True)]).sum()
            signs = {"discriminator": -game, "generator": game}
            return {
                player: list(torch.autograd.grad(loss, self.players[player], create_graph=True))
                if differentiable
                else list(torch.autograd.grad(loss, self.players[player], retain_graph=True))
                for player, loss in signs.items()
            }

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


def check_order(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Every player moves once a step, from where it stands, by finite gradients."""
    order, game = build(), Bilinear()
    for step in range(1, 4):
        before = {player: [p.detach().clone() for p in own] for player, own in game.players.items()}
        plain, tensors = game.gradients(), game.parameters()
        order.play(game)
        demand(len(game.moves) == step, f"wanted one call of `move` a step, got {len(game.moves) - step + 1}")
        same = all(a is b for player, own in tensors.items() for a, b in zip(own, game.players[player], strict=True))
        demand(same, "an order moves parameters by `move`, and does not replace them")
        for player, own in game.players.items():
            demand(all(p.requires_grad and p.is_leaf for p in own), f"parameters of '{player}' must stay leaves")
            finite(f"parameters of '{player}'", *own)
            for start, now, gradient in zip(before[player], own, game.moves[-1][player], strict=True):
                moved = torch.allclose(now, start - 0.1 * gradient.detach())
                demand(moved, f"'{player}' must go from where it stood: put parameters back before `move`")
        if component.at_once:
            handed = [torch.equal(a, b) for p in plain for a, b in zip(plain[p], game.moves[-1][p], strict=True)]
            demand(all(handed), "`at_once` says that the plain gradients are handed to `move`")
