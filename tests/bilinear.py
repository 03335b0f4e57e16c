"""The game x y, which one player minimises and the other maximises, as an order sees it; gradients by hand."""

import numpy as np
import torch
from torch import Tensor


class Game:
    """Players at a point (x, y) who move by plain gradient steps of size h."""

    def __init__(self, h: float, start: tuple[float, float] = (1.0, 0.0), resting: str = "") -> None:
        self.h, self.resting, self.looks, self.moves = h, resting, 0, 0
        self.players = dict(
            zip(("discriminator", "generator"), (torch.tensor([v], dtype=torch.float64) for v in start), strict=True)
        )

    def point(self) -> tuple[float, float]:
        """Where the players stand."""
        return self.players["discriminator"].item(), self.players["generator"].item()

    def parameters(self) -> dict[str, list[Tensor]]:
        """Both players' parameters."""
        return {name: [parameter] for name, parameter in self.players.items()}

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Of -x y by x, and of x y by y."""
        self.looks += 1
        x, y = (parameter.clone() for parameter in self.players.values())
        return {n: [g] for n, g in (("discriminator", -y), ("generator", x)) if n != self.resting}

    def move(self, gradients: dict[str, list[Tensor]]) -> None:
        """A plain step."""
        self.moves += 1
        for name, (gradient,) in gradients.items():
            self.players[name].sub_(self.h * gradient)


def matrix(order, h: float) -> np.ndarray:
    """The linear map of one step."""
    columns = []
    for start in ((1.0, 0.0), (0.0, 1.0)):
        game = Game(h, start)
        order.play(game)
        columns.append(game.point())
    return np.array(columns).T
