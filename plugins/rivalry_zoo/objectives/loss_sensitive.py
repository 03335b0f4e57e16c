"""Margins that grow with the distance between a real sample and a fake one."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor
from torch.nn.functional import leaky_relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective, Samples
from rivalry.marks import Ge, Le, SeesSamples
from rivalry_zoo.blocks.distances import differences, lengths


@frozen
class LossSensitive(Objective, SeesSamples):
    """The i-th real sample shall have an energy below the i-th fake one's, by a margin in proportion to their distance.

    With the energy U = -s, the margin m = `scale` times the distance of the two samples, a constant, gamma = `pull` and
    C(a) = max(a, nu a) with nu = `slope`:

        discriminator   gamma E_p[U] + E[C(m + U(x_r) - U(x_f))]
        generator       E_q[U]

    This is LS-GAN, not least squares (lsgan); nu = 0 is its hinge, which stops paying where the margin is kept, and
    other slopes up to 1 are GLS-GAN, whose nu = 1 with `pull: 0` is wasserstein. `distance` is the sum of absolute
    differences (`l1`) or the Euclidean distance (`l2`) of the samples as vectors; the defaults are those of the
    author's code, which takes a scale of 0.05 with `l2`. Scores [N, k] have k energies a sample.

    Optimum, over energies U >= 0: a linear programme, whose value at p = q = a point is 0. Scores must be bounded from
    elsewhere (an energy U >= 0, or weight decay as in the paper): with gamma > 0 a common shift of free scores lowers
    the loss without end, and only with gamma = 0 is it blind to shifts.

    Needs: scores bounded from elsewhere: an energy U >= 0, or weight decay.

    Use: where the distance of two samples means something, and the critic shall respect it.

    Raises ValueError in the discriminator's turn unless real and fake scores and samples come in pairs.

    Paper: Qi 2017, arXiv:1701.06264.
    """

    name: ClassVar[str] = "loss_sensitive"
    paper: ClassVar[str] = "Qi 2017, arXiv:1701.06264"
    no_linear_critic: ClassVar[str] = "it judges energies U >= 0, which no linear critic gives"

    scale: Annotated[float, Ge(0)] = 0.001
    distance: Literal["l1", "l2"] = "l1"
    pull: Annotated[float, Ge(0)] = 1.0
    slope: Annotated[float, Le(1)] = 0.0

    def discriminator(self, real: Tensor, fake: Tensor, *, samples: Samples) -> Tensor:
        """gamma E_p[U] + E[C(m + U(x_r) - U(x_f))] of scores s = -U [N, k] and samples [N, ...]."""
        margin = self.scale * lengths(self.distance, differences(real, fake, samples)).unsqueeze(1)
        short = margin + fake - real  # margins are never of half precision
        return leaky_relu(short, self.slope).mean() - self.pull * real.mean()

    def generator(self, real: Tensor | None, fake: Tensor, *, samples: Samples) -> Tensor:
        """E_q[U]."""
        return -fake.mean()


@hookimpl
def rivalry_components():
    return [LossSensitive]
