"""A Dirac game at which real optimisers and orders play."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rivalry.dynamics.game import Games
from rivalry.interfaces import Gradients, Optimizer, Order, State


class Seat:
    """One game with its players' optimisers, as `rivalry.interfaces.Joint` says."""

    def __init__(self, games: Games, optimizer: Optimizer, order: Order | Sequence[str], lr: float) -> None:
        self.games, self.optimizer, self.order = games, optimizer, order
        self.rates = {"discriminator": lr * games.setting.ratio, "generator": lr}
        self.states: dict[str, State] = {name: optimizer.start(own) for name, own in self.parameters().items()}
        self.memory: dict[str, list[Tensor]] = {}

    def play(self) -> None:
        """One step."""
        if isinstance(self.order, Order):
            self.order.play(self)
            return
        for name in self.order:
            self.move(self.games.gradients(of=name))

    # what an order sees

    def parameters(self) -> dict[str, list[Tensor]]:
        """Every player's parameters."""
        return self.games.parameters()

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Every player's gradient of its own loss."""
        return self.games.gradients(differentiable)

    def losses(self, of: str) -> Tensor:
        """One player's losses, with a graph to its own parameters only."""
        others = [p for name, rows in self.parameters().items() if name != of for p in rows]
        for parameter in others:
            parameter.requires_grad_(False)
        try:
            return self.games.losses(of)[of]
        finally:
            for parameter in others:
                parameter.requires_grad_(True)

    def mean(self, gradients: Gradients) -> dict[str, list[Tensor]]:
        """Of this process alone."""
        return {name: list(rows) for name, rows in gradients.items()}

    def move(self, gradients: Gradients) -> None:
        """One optimiser step of every player that is named."""
        for name, rows in gradients.items():
            own = self.parameters()[name]
            with torch.no_grad():
                found = [row.detach().clone() for row in rows]
                self.optimizer.step(own, found, self.states[name], lr=self.rates[name])

    # the whole state as one vector

    def _carried(self) -> list[Tensor]:
        """Everything that a step changes but counters: players, their optimisers' states, the order's memory."""
        rows = [self.games.leaves, *(row for state in self.states.values() for row in state.values())]
        rows += list(self.memory.values())
        return [t for row in rows for t in row if t.is_floating_point() and t.ndim]

    def vector(self) -> Tensor:
        """All of it, [m]."""
        return torch.cat([tensor.detach().flatten().double() for tensor in self._carried()])

    def restore(self, vector: Tensor) -> None:
        """Put it back."""
        carried = self._carried()
        with torch.no_grad():
            for tensor, part in zip(carried, vector.split_with_sizes([t.numel() for t in carried]), strict=True):
                tensor.copy_(part.reshape(tensor.shape))
