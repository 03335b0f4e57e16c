"""Games of two numbers with a linear field of gradients, as an order sees them; gradients by hand.

By default x y, which one player minimises and the other maximises.
"""

import numpy as np
import torch
from torch import Tensor

ROTATION = ((0.0, -1.0), (1.0, 0.0))
PLAYERS = "discriminator", "generator"


class Game:
    """Players at a point w = (x, y) with the gradients J w, who move by plain gradient steps of size h.

    `elsewhere` is the J of another process on its part of the batch.
    """

    def __init__(self, h: float, start=(1.0, 0.0), resting: str = "", jacobian=ROTATION, elsewhere=None) -> None:
        self.h, self.resting, self.looks, self.moves = h, resting, 0, 0
        self.jacobian, self.elsewhere = jacobian, jacobian if elsewhere is None else elsewhere
        self.players = {n: torch.tensor([v], dtype=torch.float64) for n, v in zip(PLAYERS, start, strict=True)}
        self.memory: dict[str, list[Tensor]] = {}

    def point(self) -> tuple[float, float]:
        """Where the players stand."""
        return self.players["discriminator"].item(), self.players["generator"].item()

    def parameters(self) -> dict[str, list[Tensor]]:
        """Both players' parameters."""
        return {name: [parameter] for name, parameter in self.players.items()}

    def field(self, jacobian) -> dict[str, list[Tensor]]:
        """J w, of the players who have losses in this step."""
        x, y = self.players.values()
        rows = {name: [a * x + b * y] for name, (a, b) in zip(PLAYERS, jacobian, strict=True)}
        return {name: row for name, row in rows.items() if name != self.resting}

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Each player's gradient of its own loss, in this process if `differentiable` and of all otherwise."""
        self.looks += 1
        for parameter in self.players.values():
            parameter.requires_grad_(differentiable)
        found = self.field(self.jacobian)
        return found if differentiable else self.mean(found)

    def losses(self, of: str) -> Tensor:
        """Of w_i: J_ii w_i^2 / 2 + J_ij w_i w_j; a constant where the player rests."""
        self.looks += 1
        i = PLAYERS.index(of)
        own, other = self.players[of].requires_grad_(), self.players[PLAYERS[1 - i]].detach()
        if of == self.resting:
            return torch.zeros(())
        return (self.jacobian[i][i] * own**2 / 2 + self.jacobian[i][1 - i] * own * other).sum()

    def mean(self, gradients: dict[str, list[Tensor]]) -> dict[str, list[Tensor]]:
        """Of both processes; only gradients as they are taken can be meant."""
        other = self.field(self.elsewhere)
        return {name: [(gradient + other[name][0].detach()) / 2] for name, (gradient,) in gradients.items()}

    def move(self, gradients: dict[str, list[Tensor]]) -> None:
        """A plain step."""
        self.moves += 1
        for name, (gradient,) in gradients.items():
            self.players[name].data.sub_(self.h * gradient.detach())


def matrix(order, h: float, **more) -> np.ndarray:
    """The linear map of one step, of an order without memory."""
    columns = []
    for start in ((1.0, 0.0), (0.0, 1.0)):
        game = Game(h, start, **more)
        order.play(game)
        columns.append(game.point())
    return np.array(columns).T


def path(order, h: float, steps: int, **more) -> np.ndarray:
    """The points [steps + 1, 2] of a game."""
    game = Game(h, **more)
    points = [game.point()]
    for _ in range(steps):
        order.play(game)
        points.append(game.point())
    return np.array(points)
