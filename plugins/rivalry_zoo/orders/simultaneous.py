"""Everybody moves at once."""

from typing import ClassVar

from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order


@frozen
class Simultaneous(Order):
    """Every player takes one optimiser step by the gradient of its own loss, all where all stand before any moves.

        w_D <- w_D - d L_D / d w_D (w_D, w_G),    w_G <- w_G - d L_G / d w_G (w_D, w_G)

    All losses are computed on one joint graph, each network called once on a sample; where that is exact, one backward
    pass through the discriminator serves both sides. With the same optimisers it is the step in which the generator
    moves first and the discriminator then learns on the fakes drawn before. On the bilinear game x y with plain
    gradient steps of size h the distance from the equilibrium grows by sqrt(1 + h^2) a step: it wants a penalty, or
    players that are pulled back otherwise.

    Paper: Mescheder, Nowozin & Geiger 2017, arXiv:1705.10461, section 2.3.
    """

    name: ClassVar[str] = "simultaneous"
    paper: ClassVar[str] = "Mescheder, Nowozin & Geiger 2017, arXiv:1705.10461, section 2.3"
    at_once: ClassVar[bool] = True

    def play(self, game: Joint) -> None:
        """Hand all gradients to `move`."""
        game.move(game.gradients())


@hookimpl
def rivalry_components():
    return [Simultaneous]
