"""Scores that only count against the other side's."""

from typing import ClassVar, Literal

from attrs import frozen
from torch import Tensor
from torch.nn.functional import logsigmoid, relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores
from rivalry_zoo.blocks.precision import wide

FORMS = {
    "logistic": lambda lead: -logsigmoid(lead),
    "hinge": lambda lead: relu(1 - lead),
    "least_squares": lambda lead: (wide(lead) - 1).square(),
}
"""The cost of a lead: by how much the side that should look more real does."""


@frozen
class Relativistic(Objective, ComparesScores):
    """The discriminator says how much more real a real sample is than a fake one; the generator plays the same loss
    with the roles swapped, hence needs the real scores too.

    `form` is the cost a(t) of a lead t: `logistic` log(1 + exp(-t)), `hinge` max(0, 1 - t), `least_squares` (t - 1)^2.
    `pairing` says against what a score is held:

        paired    discriminator  E[a(s_r - s_f)], the i-th real with the i-th fake          (RpGAN)
        average   discriminator  E_p[a(s_r - E_q s_f)] + E_q[a(E_p s_r - s_f)], no half      (RaGAN)
        either    generator      the discriminator's, with s_r and s_f exchanged

    The generator's loss is the discriminator's with s_r and s_f exchanged. The means of `average` are over the
    batch, of scores [N, k] over all N k, and never detached: both sides receive gradient through them.

    Optimum: paired logistic is a Bradley-Terry model of who beats whom, worth log 2 at p = q and less elsewhere; on two
    points it is s_1 - s_2 = log(w_1 / w_2) with w_1 = p_1 q_2, w_2 = p_2 q_1. Average least squares is worth
    2 / (1 + 2J), J = d' S^+ d Fisher's discriminant (d = p - q, S the sum of the two covariances of the indicators).
    Losses are invariant to a common shift of all scores, so their gradients sum to zero over both sides.

    Needs: as many real as fake samples if `paired`; r1 and r2 together settle it (R3GAN).

    Use: for all modes of the data with plain networks and no further tricks.

    Raises ValueError in the discriminator's or generator's turn if `paired` meets unequally many real and fake scores.

    Papers: Jolicoeur-Martineau 2018, arXiv:1807.00734; the default pairing and form are those of R3GAN,
    Huang et al. 2024, arXiv:2501.05441.
    """

    name: ClassVar[str] = "relativistic"
    paper: ClassVar[str] = "Jolicoeur-Martineau 2018, arXiv:1807.00734"

    form: Literal["logistic", "hinge", "least_squares"] = "logistic"
    pairing: Literal["paired", "average"] = "paired"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """E[a(s_r - s_f)], or E_p[a(s_r - E_q s_f)] + E_q[a(E_p s_r - s_f)], of scores [N, k]."""
        cost = FORMS[self.form]
        if self.pairing == "average":
            return cost(real - fake.mean()).mean() + cost(real.mean() - fake).mean()
        if real.shape != fake.shape:
            raise ValueError(
                "pairs need equally many real and fake scores, "
                f"got shapes {tuple(real.shape)} and {tuple(fake.shape)}; try pairing 'average'"
            )
        return cost(real - fake).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """The discriminator's loss with the roles of real and fake exchanged."""
        if real is None:
            raise ValueError("a relativistic generator is judged against real scores, got none; pass them too")
        return self.discriminator(fake, real)


@hookimpl
def rivalry_components():
    return [Relativistic]
