"""Optimal transport by its own dual: a critic without any constraint."""

from functools import partial
from math import log
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective, Samples
from rivalry.marks import ComparesScores, Ge, SeesSamples
from rivalry_zoo.blocks.distances import across, by_rows, flat


@frozen
class CTransform(Objective, SeesSamples, ComparesScores):
    """The critic scores the real samples alone; what it says of a fake one follows from the cost of carrying it there.

    With cost c, the c-transform of the scores and the two losses are

        s^c(y)          = min_i [c(x_i, y) - s(x_i)]                         over the real samples of the batch
        discriminator   -E_p[s] - E_q[s^c]
        generator        E_q[s^c]

    and with `entropy` e > 0 the minimum is soft, s^c(y) = -e log mean_i exp((s(x_i) - c(x_i, y)) / e). The generator's
    gradient reaches its samples through the cost, so that the scores of fakes are never looked at. Of samples as
    vectors, `cost` is the sum of absolute differences (`l1`), the Euclidean distance (`l2`, which gives W1) or half its
    square (`squared`, which gives W2^2 / 2). Scores [N, k] are k critics. No Lipschitz constraint is needed or wanted.

    Optimum: whatever the scores, minus the discriminator's loss is at most the cost of optimal transport between the
    two batches, which the best ones reach; if the cost is a metric and s is 1-Lipschitz then s^c = -s. With e > 0 it is
    min over plans of <plan, c> + e KL(plan || p x q), Sinkhorn's. Batches cost more to carry than laws do, on average.
    Only differences of scores count. The N^2 costs are computed in parts, so that large batches fit in memory.

    Needs: no constraint at all, but batches that stand for their laws: what batches cost to carry is biased upwards.

    Use: for data of few dimensions in which the distance of two samples means something.

    Raises ValueError in the generator's turn if there are no real scores, and in both turns if there are not as many as
    real samples.

    Paper: Mallasto, Montufar & Gerolin 2019, arXiv:1910.03875.
    """

    name: ClassVar[str] = "c_transform"
    paper: ClassVar[str] = "Mallasto, Montufar & Gerolin 2019, arXiv:1910.03875"

    cost: Literal["l1", "l2", "squared"] = "l2"
    entropy: Annotated[float, Ge(0)] = 0.0

    def discriminator(self, real: Tensor, fake: Tensor, *, samples: Samples) -> Tensor:
        """-E_p[s] - E_q[s^c] of the real scores [N, k] and of real and fake samples [N, ...]."""
        return -self._transformed(real, samples) - real.mean()

    def generator(self, real: Tensor | None, fake: Tensor, *, samples: Samples) -> Tensor:
        """E_q[s^c]."""
        if real is None:
            raise ValueError("a c-transform is of the real samples' scores, got none; pass them too")
        return self._transformed(real, samples)

    def _transformed(self, scores: Tensor, samples: Samples) -> Tensor:
        """E_q[s^c]."""
        x, y = map(flat, samples)
        if len(scores) != len(x):
            raise ValueError(
                f"every real sample needs its score, got {len(scores)} scores of {len(x)} samples; "
                "let the judge score the samples one by one"
            )
        centre = x.detach().mean(0)
        width = max(scores.shape[1], x.shape[1]) if self.cost == "l1" else scores.shape[1]
        return torch.cat(by_rows(partial(self._rows, scores, x - centre), y - centre, len(x) * width)).mean()

    def _rows(self, scores: Tensor, x: Tensor, y: Tensor, start: int) -> Tensor:
        """s^c [m, k] of some fakes y [m, d], given scores [n, k] of all x [n, d]."""
        gaps = across(self.cost, y, x).unsqueeze(2) - scores
        if self.entropy == 0:
            return gaps.amin(1)
        soft = (gaps / -self.entropy).logsumexp(1) - log(len(x))
        return -self.entropy * soft


@hookimpl
def rivalry_components():
    return [CTransform]
