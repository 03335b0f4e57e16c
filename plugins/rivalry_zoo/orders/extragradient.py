"""Everybody looks one step ahead before moving."""

from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen

from rivalry.hooks import hookimpl
from rivalry.interfaces import Joint, Order
from rivalry.marks import Gt


@frozen
class Extragradient(Order):
    """All players look one step ahead, and move from where they stood by the gradients that they find there.

        w' = w - step v(w),    w <- w - lr v(w'),    v all players' gradients of their own losses

    `ahead: plain`, the default, looks along the gradients by the length `step`: moments know nothing of it. With plain
    gradient steps and lr = step = h the bilinear game x y shrinks by sqrt(1 - h^2 + h^4) a step, for any 0 < h < 1,
    where simultaneous steps make it grow.

    `ahead: optimizer` looks along the optimisers' own step, which `lr` measures and `step` does not: moments are
    updated at both evaluations, so they pass twice as fast. With `adam` that is ExtraAdam. Players whose gates are
    closed do not look ahead.

    Two evaluations a step; both see the same batch, latents and draws, and losses are logged as the first has them.
    Batch norm's running moments see both.

    Papers: Korpelevich 1976; Gidel et al. 2018, arXiv:1802.10551, for games of networks and ExtraAdam.
    """

    name: ClassVar[str] = "extragradient"
    paper: ClassVar[str] = "Gidel, Berard, Vignoud, Vincent & Lacoste-Julien 2018, arXiv:1802.10551"

    step: Annotated[float, Gt(0)] = 1e-3
    ahead: Literal["plain", "optimizer"] = "plain"

    def play(self, game: Joint) -> None:
        """Look ahead, step back, move."""
        parameters, here = game.parameters(), game.gradients()
        touched = [parameter for player in here for parameter in parameters[player]]
        with torch.no_grad():
            stood = [parameter.clone() for parameter in touched]
        if self.ahead == "optimizer":
            game.move(here)
        else:
            rows = [gradient for rows in here.values() for gradient in rows]
            with torch.no_grad():
                torch._foreach_add_(touched, rows, alpha=-self.step)
        ahead = game.gradients()
        with torch.no_grad():
            torch._foreach_copy_(touched, stood)
        game.move(ahead)


@hookimpl
def rivalry_components():
    return [Extragradient]
