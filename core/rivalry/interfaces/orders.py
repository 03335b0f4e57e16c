"""Who moves when: orders that play on the joint graph of all players."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from torch import Tensor

from rivalry.interfaces.component import Component

Gradients = Mapping[str, Sequence[Tensor]]


class Joint(Protocol):
    """The game on one batch, as an order sees it."""

    @property
    def memory(self) -> dict[str, list[Tensor]]:
        """What the order keeps from step to step under names of its own; empty at first, saved in checkpoints."""

    def parameters(self) -> dict[str, list[Tensor]]:
        """Every player's parameters."""

    def gradients(self, differentiable: bool = False) -> dict[str, list[Tensor]]:
        """Every player's gradient of its own loss where all stand now; with a graph if `differentiable`."""

    def losses(self, of: str) -> Tensor:
        """The sum of one player's losses where all stand now, of this process, with a graph to that player's
        parameters and to nobody else's; a second call sees the same batch and the same draws.
        """

    def mean(self, gradients: Gradients) -> dict[str, list[Tensor]]:
        """The mean of gradients over all processes."""

    def move(self, gradients: Gradients) -> None:
        """One optimiser step of every player with these gradients."""


class Order(Component):
    """How all players move on one batch: `play` is called once per step."""

    kind = "order"
    at_once: ClassVar[bool] = False
    """Whether `play` is no more than `game.move(game.gradients())`, so that both players' gradients may be taken from
    one backward pass through the critic where that is exact.
    """

    @abstractmethod
    def play(self, game: Joint) -> None:
        """Play one step."""
