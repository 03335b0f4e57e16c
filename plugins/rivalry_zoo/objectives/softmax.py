"""One softmax over the whole batch."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores
from rivalry_zoo.blocks.precision import wide


def _pooled(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """All scores as one batch, and the logarithm of their summed exponentials."""
    batch = wide(torch.cat([real.flatten(), fake.flatten()]))
    return batch, batch.logsumexp(0)


@frozen
class Softmax(Objective, ComparesScores):
    """The batch, real and fake samples together, shares one softmax: the discriminator wants all of its mass on the
    real half, the generator wants it evenly spread, hence needs the real scores too.

    With B both batches, lse the logarithm of the summed exponentials of all scores in B:

        discriminator   -E_p[s] + lse_B(s)
        generator       -E_B[s] + lse_B(s)

    Both are cross-entropies from a uniform target, over the reals and over B; scores [N, k] count as N k samples.
    The discriminator's is above the logarithm of the number of real scores, which it never attains; the generator's is
    at least log |B|, attained where all scores are equal, and its derivative by a score is softmax(s) - 1/|B|. A common
    shift of all scores changes nothing. Half precision is widened to float32.

    Optimum, of infinite batches with m the law of B: s = log(p/m) + c, where the losses less log |B| are -KL(p || m)
    and KL(m || p). The terms depend on the size of the batch.

    Needs: real scores in the generator's turn, and batches of one size throughout.

    Use: when a score should count only against the rest of its batch.

    Raises ValueError in the generator's turn if there are no real scores.

    Paper: Lin 2017, arXiv:1704.06191.
    """

    name: ClassVar[str] = "softmax"
    paper: ClassVar[str] = "Lin 2017, arXiv:1704.06191"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-E_p[s] + lse_B(s) of scores [N, k]."""
        return _pooled(real, fake)[1] - wide(real).mean()

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """-E_B[s] + lse_B(s)."""
        if real is None:
            raise ValueError("a softmax is over real and fake scores, got no real ones; pass them too")
        batch, level = _pooled(real, fake)
        return level - batch.mean()


@hookimpl
def rivalry_components():
    return [Softmax]
