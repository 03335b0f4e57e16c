"""Scores that stay near 0."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Judge, Penalty
from rivalry_zoo.blocks.judged import mean_cost


@frozen
class Drift(Penalty):
    """The mean square of the real samples' scores: E_p[C(x)^2].

    It fixes the constant that `wasserstein` and other objectives of score differences leave free. The mean is over all
    elements of scores [N], [N, 1, h, w], and over scales; strength is the loss's weight, 0.001 in the paper. Fakes are
    not looked at.

    With `wasserstein` and weight e it bounds the critic by itself: the best one is (p - q) / (2 e p), and the
    discriminator's loss there -E_p[(1 - q / p)^2] / (4 e), a chi-squared divergence.

    Paper: Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196, appendix A.
    """

    name: ClassVar[str] = "drift"
    paper: ClassVar[str] = "Karras, Aila, Laine & Lehtinen 2017, arXiv:1710.10196"

    def forward(self, judge: Judge, real: Tensor, fake: Tensor) -> Tensor:
        """The penalty, a scalar, of real samples [N, ...]."""
        return mean_cost(torch.square, judge(real.detach()))


@hookimpl
def rivalry_components():
    return [Drift]
