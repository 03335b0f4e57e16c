"""First and second moments of features, matched."""

from math import inf
from typing import Annotated, ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores, Ge
from rivalry_zoo.blocks.distances import flat, unrounded

ORDERS = {"l1": 1.0, "l2": 2.0, "max": inf}


@frozen
class McGan(Objective, ComparesScores):
    """The discriminator chooses features whose moments tell real from fake; the generator matches these moments.

    With features h = D(x) [N, `scores`] as columns, the gaps delta = E_p[h] - E_q[h] and Delta = E_p[h h'] - E_q[h h']:

        discriminator   -V
        generator        V

    where V is |delta| in the norm `norm` (`match: mean`), the sum of the `directions` largest singular values of Delta
    (`covariance`), or the sum of the two (`both`). Second moments are not centred. The norms are solved for, rather
    than left to another set of weights: |delta|_q is the largest <v, delta> of vectors v with |v|_p <= 1,
    1/p + 1/q = 1 (the paper names p), and the sum of k singular values is the largest tr(U' Delta V) of matrices U, V
    with k orthonormal columns (Ky Fan).

    V grows with the features without end, so their weights must be bounded: clip them after each step, to within 0.01
    as in the paper (`weight_clip`). V is 0 exactly if the moments match, of the covariance in as many directions as are
    asked for; gradients are 0 there. The covariance's eigenvalue solver makes the host wait for the GPU.

    Optimum over features of length at most r, of the mean in `l2`: h = r v sign(p - q) with any unit vector v, where V
    = 2 r TV(p, q) with TV half the L1 distance.

    Needs: bounded weights: optimizer weight_clip, within 0.01 in the paper.

    Use: to match named moments of features, and to see what few moments can and cannot tell apart.

    Raises ValueError if `directions` exceeds `scores`, and in the generator's turn if there are no real features.

    Paper: Mroueh, Sercu & Goel 2017, arXiv:1702.08398.
    """

    name: ClassVar[str] = "mcgan"
    paper: ClassVar[str] = "Mroueh, Sercu & Goel 2017, arXiv:1702.08398"

    scores: Annotated[int, Ge(1)] = 16
    match: Literal["mean", "covariance", "both"] = "mean"
    norm: Literal["l1", "l2", "max"] = "l2"
    directions: Annotated[int, Ge(1)] | None = None

    def __attrs_post_init__(self) -> None:
        if self.directions is not None and self.directions > self.scores:
            raise ValueError(
                f"features of {self.scores} numbers have as many directions, got directions={self.directions}; "
                "ask for fewer, or for more scores"
            )

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-V of features [N, k]."""
        return -self._gap(flat(real), flat(fake))

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        """V."""
        if real is None:
            raise ValueError("moments are of real and fake features, got no real ones; pass them too")
        return self._gap(flat(real), flat(fake))

    def _gap(self, real: Tensor, fake: Tensor) -> Tensor:
        gap = torch.zeros((), dtype=real.dtype, device=real.device)
        if self.match != "covariance":
            gap = gap + torch.linalg.vector_norm(real.mean(0) - fake.mean(0), ORDERS[self.norm])
        if self.match != "mean":
            with unrounded(real):
                moments = real.T @ real / len(real) - fake.T @ fake / len(fake)
            # the singular values of a symmetric matrix are its eigenvalues' absolute values
            values = torch.linalg.eigvalsh(moments).abs()
            gap = gap + values.topk(self.directions or len(values)).values.sum()
        return gap


@hookimpl
def rivalry_components():
    return [McGan]
