"""Everybody looks one step ahead before moving."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order
from rivalry.marks import Gt


@frozen
class Extragradient(Order):
    """All players take a plain gradient step of size `step` to look ahead, and move from where they stood by the
    gradients that they find there.

        w' = w - step v(w),    w <- w - lr v(w'),    v all players' gradients of their own losses

    Only the second is the optimisers' own step: moments know nothing of the look ahead. With plain gradient steps and
    lr = step = h the bilinear game x y shrinks by sqrt(1 - h^2 + h^4) a step, for any 0 < h < 1, where simultaneous
    steps make it grow. Two evaluations a step; both see the same batch, latents and draws, and losses are logged as
    the first has them. Batch norm's running moments see both.

    Papers: Korpelevich 1976; Gidel et al. 2018, arXiv:1802.10551, for games of networks.
    """

    name: ClassVar[str] = "extragradient"
    paper: ClassVar[str] = "Gidel, Berard, Vignoud, Vincent & Lacoste-Julien 2018, arXiv:1802.10551"

    step: Annotated[float, Gt(0)] = 1e-3

    def play(self, game: Joint) -> None:
        """Look ahead, step back, move."""
        parameters, here = game.parameters(), game.gradients()
        touched = [parameter for player in here for parameter in parameters[player]]
        stood = [parameter.detach().clone() for parameter in touched]
        with torch.no_grad():
            torch._foreach_add_(touched, [gradient for rows in here.values() for gradient in rows], alpha=-self.step)
        ahead = game.gradients()
        with torch.no_grad():
            torch._foreach_copy_(touched, stood)
        game.move(ahead)


@hookimpl
def rivalry_components():
    return [Extragradient]
