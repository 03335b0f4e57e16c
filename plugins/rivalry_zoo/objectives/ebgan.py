"""The margin game between energies: EBGAN, and MAGAN with a margin that moves."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor
from torch.nn.functional import relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import SeparableObjective
from rivalry.marks import Number


@frozen
class Ebgan(SeparableObjective):
    """The discriminator lowers the energy of real samples and raises that of fakes, up to a margin.

    With U = -s >= 0 the energy, such as the reconstruction error of an autoencoder (discriminator autoencoder), and
    m = `margin`:

        discriminator   E_p[U] + E_q[max(0, m - U)]
        generator       E_q[U]

    The hinge is per sample, before the mean. The margin is a length in the energy's own unit, hence without a default
    that suits all: of the order of the energy that samples begin with, and far above that of well-rebuilt ones. The
    paper adds to the generator the loss `pull_away` of the codes of its samples, with weight 0.1.

    MAGAN is this game with the margin that schedule `margin_adaptation` moves:

        schedules: {m: {use: margin_adaptation, observe: [-D(x), -D(fake)]}}
        losses: {game: {objective: {use: ebgan, margin: m}, judge: D, real: x, fake: fake}}

    Optimum over energies between 0 and any bound from m on: U = m where p < q and 0 elsewhere, where the
    discriminator's loss is m (1 - TV(p, q)) with TV half the L1 distance, and the generator's gradient is that of
    m TV(p, q). Both are at rest together exactly if p = q and U is one number of at most m.

    Needs: an energy U >= 0, such as discriminator autoencoder gives, and a margin in its unit.

    Use: with an autoencoder for a critic; with `pull_away` where samples resemble each other.

    Papers: Zhao, Mathieu & LeCun 2016, arXiv:1609.03126; with a moving margin Wang, Cully, Chang & Demiris 2017
    (MAGAN), arXiv:1704.03817.
    """

    name: ClassVar[str] = "ebgan"
    paper: ClassVar[str] = "Zhao, Mathieu & LeCun 2016, arXiv:1609.03126"
    no_linear_critic: ClassVar[str] = "it judges energies U >= 0, which no linear critic gives"

    margin: Number = 1.0

    def real_term(self, scores: Tensor) -> Tensor:
        return -scores

    def fake_term(self, scores: Tensor) -> Tensor:
        return relu(self.margin + scores)

    def generated_term(self, scores: Tensor) -> Tensor:
        return -scores


@hookimpl
def rivalry_components():
    return [Ebgan]
