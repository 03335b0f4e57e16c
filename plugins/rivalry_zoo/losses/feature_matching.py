"""Fakes that are like real samples on average, as a critic's inner layers see them."""

from typing import ClassVar, Literal

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


@frozen
class FeatureMatching(Loss):
    """|E_p f(x) - E_q f(x)|^2 of features [N, ...], real and then fake: of [D(x).body, D(fake).body].

        l2      the sum of squares over a sample's features                      (the paper's formula)
        l1      the mean absolute difference                                     (the paper's code)

    Means are over samples alone, and batches may differ in size. Several layers follow each other in pairs, real and
    fake, [D(x).a, D(fake).a, D(x).b, D(fake).b], and add up. Real features are detached: nothing is to be learned by
    moving them. With `trains: [G]` the critic does not descend it either. Half precision is computed in float32.

    Raises ValueError for an odd number of tensors and for features of different shapes.
    """

    name: ClassVar[str] = "feature_matching"
    paper: ClassVar[str] = "Salimans et al. 2016, arXiv:1606.03498, section 3.1"

    norm: Literal["l2", "l1"] = "l2"

    def forward(self, real: Tensor, fake: Tensor, *more: Tensor) -> Tensor:
        """The distance, a scalar."""
        features = [real, fake, *more]
        if len(features) % 2:
            raise ValueError(f"features come in pairs, real and fake, got {len(features)} tensors; add the missing one")
        return torch.stack([self._distance(*features[i : i + 2]) for i in range(0, len(features), 2)]).sum()

    def _distance(self, real: Tensor, fake: Tensor) -> Tensor:
        if real.shape[1:] != fake.shape[1:]:
            raise ValueError(
                f"the means need features of one shape, got {tuple(real.shape)} and {tuple(fake.shape)}; "
                "name the same layer twice, real and fake"
            )
        apart = wide(fake).mean(0) - wide(real).mean(0).detach()
        return apart.square().sum() if self.norm == "l2" else apart.abs().mean()


@hookimpl
def rivalry_components():
    return [FeatureMatching]
