"""A quadratic potential: a critic kept within reach by the distance of what it compares."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective, Samples
from rivalry.marks import ComparesScores, Gt, SeesSamples
from rivalry_zoo.blocks.distances import differences
from rivalry_zoo.blocks.precision import wide


@frozen
class GanQp(Objective, SeesSamples, ComparesScores):
    """The critic leads the i-th real sample over the i-th fake one, at a price that falls with their distance.

    With the lead u = s_r - s_f, the distance d of the two samples, a constant, and lambda = `strength`:

        discriminator   E[u^2 / (2 lambda d) - u]
        generator       E[u]

    `distance` is the mean absolute difference (`l1`) or the root of the mean square difference (`l2`) over a sample's
    values, plus `eps`, which is what is left where samples coincide. Scores [N, k] have k leads a pair, and joint
    samples count as one vector. No Lipschitz constraint is needed: d adapts the critic's slope to the data. The
    strength is the paper's.

    Optimum of the scalar critic: with weights w_ij = (p_i q_j + p_j q_i) / (lambda d_ij) and their graph Laplacian L it
    solves L s = p - q, where minus the discriminator's loss is 1/2 (p - q)' L^+ (p - q). That is at most the value of a
    critic of pairs, lambda/4 sum_ij d_ij (p_i q_j - p_j q_i)^2 / (p_i q_j + p_j q_i), whose leads stay within lambda d;
    two points d apart give lambda d / 2 however far they are: the game does not saturate.

    Needs: as many real as fake samples, and no Lipschitz constraint.

    Use: in place of `wasserstein` where a gradient penalty costs too much, and one critic turn has to do.

    Raises ValueError in either turn unless real and fake scores and samples come in pairs, and in the generator's turn
    if there are no real scores.

    Paper: Su 2018, arXiv:1811.07296.
    """

    name: ClassVar[str] = "gan_qp"
    paper: ClassVar[str] = "Su 2018, arXiv:1811.07296"

    strength: Annotated[float, Gt(0)] = 10.0
    distance: Literal["l1", "l2"] = "l1"
    eps: Annotated[float, Gt(0)] = 1e-6

    def discriminator(self, real: Tensor, fake: Tensor, *, samples: Samples) -> Tensor:
        """E[u^2 / (2 lambda d) - u] of scores [N, k] and samples [N, ...]."""
        apart = differences(real, fake, samples)
        means = apart.abs().mean(1) if self.distance == "l1" else apart.square().mean(1).sqrt()
        lead = wide(real) - fake
        return (lead.square() / (2 * self.strength * (means.unsqueeze(1) + self.eps)) - lead).mean()

    def generator(self, real: Tensor | None, fake: Tensor, *, samples: Samples) -> Tensor:
        """E[u]."""
        if real is None:
            raise ValueError("a lead is of real scores over fake ones, got no real ones; pass them too")
        return real.mean() - fake.mean()


@hookimpl
def rivalry_components():
    return [GanQp]
