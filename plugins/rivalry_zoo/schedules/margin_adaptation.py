"""The margin of MAGAN, which follows the energy of real samples down."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Observing
from rivalry.marks import Ge, Gt


@frozen
class MarginAdaptation(Observing):
    """Once in `epoch` steps the margin m becomes the epoch's mean real energy, if three things hold of that epoch.

    With S_r and S_f the sums of the observed mean energies of real and fake samples over the epoch's steps:

        m <- S_r / epoch      if S_r / epoch < m, S_r < S_f and S_f has not fallen since the epoch before

    and else it stays. So it never rises: the critic has nothing more to gain from fakes that are as hard to rebuild as
    the data were on average. Before the first epoch S_f counts as 0.

    Observe both energies: `observe: [-D(x), -D(fake)]`. `margin` is where it begins; the paper begins at the mean
    energy of the data after some epochs of the critic as a plain autoencoder. `epoch` is how many steps one is: the
    size of the data by that of a batch.

    The state is (m, S_r, S_f, S_f of the epoch before, steps in this epoch) [5].

    Paper: Wang, Cully, Chang & Demiris 2017, arXiv:1704.03817, algorithm 1.
    """

    name: ClassVar[str] = "margin_adaptation"
    paper: ClassVar[str] = "Wang, Cully, Chang & Demiris 2017, arXiv:1704.03817"

    observes: ClassVar[int] = 2

    margin: Annotated[float, Gt(0)] = 1.0
    epoch: Annotated[int, Ge(1)] = 1_000

    @property
    def initial(self) -> tuple[float, ...]:
        """The margin, with nothing observed."""
        return self.margin, 0.0, 0.0, 0.0, 0.0

    def follow(self, value: Tensor, observed: Tensor) -> Tensor:
        """The next state [5] from the present one and the mean energies [2] of real and fake samples."""
        margin, real, fake, last, steps = value
        real, fake, steps = real + observed[0], fake + observed[1], steps + 1
        lower = torch.minimum(real / self.epoch, margin)
        lowered = torch.where((real < fake) & (fake >= last), lower, margin)
        going_on = torch.stack([margin, real, fake, last, steps])
        begun = torch.stack([lowered, *torch.zeros_like(value[:2]), fake, torch.zeros_like(steps)])
        return torch.where(steps < self.epoch, going_on, begun)


@hookimpl
def rivalry_components():
    return [MarginAdaptation]
