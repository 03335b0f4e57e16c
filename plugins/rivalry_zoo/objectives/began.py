"""The balanced game of BEGAN, between energies."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import Number


@frozen
class Began(Objective):
    """The discriminator lowers the energy of real samples and, by `balance`, raises that of fakes.

    With U = -s >= 0 the energy, such as the reconstruction error of an autoencoder (discriminator autoencoder), and
    k = `balance`:

        discriminator   E_p[U] - k E_q[U]
        generator       E_q[U]

    With k = 0 the discriminator is a plain autoencoder. The paper moves k towards E_q[U] = gamma E_p[U], where schedule
    proportional_control rests if it observes gamma U(x) - U(G(z)). Whatever the critic, |E_p[U] - E_q[U]| is at most
    the Wasserstein distance between the two laws of U.

    Optimum over energies between 0 and B: U = B where k q > p and 0 elsewhere, where the discriminator's loss is -B sum
    max(0, k q - p).

    Needs: an energy U >= 0, such as discriminator autoencoder gives, and schedule proportional_control for `balance`.

    Use: with an autoencoder for a critic, when a measure of convergence is wanted beside the samples.

    Paper: Berthelot, Schumm & Metz 2017, arXiv:1703.10717.
    """

    name: ClassVar[str] = "began"
    paper: ClassVar[str] = "Berthelot, Schumm & Metz 2017, arXiv:1703.10717"
    no_linear_critic: ClassVar[str] = "it judges energies U >= 0, which no linear critic gives"

    balance: Number = 0.0

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """E_p[U] - k E_q[U] of scores s = -U [N, k]."""
        return self.balance * fake.mean() - real.mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """E_q[U]."""
        return -fake.mean()


@hookimpl
def rivalry_components():
    return [Began]
