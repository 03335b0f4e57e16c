"""Scores that augmentation does not change."""

from typing import Annotated, ClassVar, Literal

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Augment, Judge, Penalty
from rivalry.marks import Draws, Ge
from rivalry.streams import Stream
from rivalry_zoo.augments.diffaugment import DiffAugment
from rivalry_zoo.blocks.judged import mean_cost

USUAL = DiffAugment()


@frozen
class Consistency(Penalty, Draws):
    """The mean squared change of the judge's score when a sample is augmented.

        real   E_p[(C(x) - C(T x))^2]
        both   E_p[(C(x) - C(T x))^2] + fake_weight E_q[(C(x) - C(T x))^2]

    T is the part `augment`, drawn anew for every sample; the samples that are judged in the game stay as they are, so
    that nothing of T leaks into the generator. The gradient flows through both scores. Means are over all elements of
    scores [N], [N, 1, h, w], and over scales. Of a linear critic w.x and T x = x + d it is (w.d)^2; 0 for T x = x.
    Strength is the loss's weight, 10 in both papers.

    Raises ValueError for a `fake_weight` where fakes are not looked at.

    Papers: Zhang, Zhang, Odena & Lee 2019, arXiv:1910.12027 (CR: real); Zhao, Singh, Lee, Zhang, Odena & Zhang 2020,
    arXiv:2002.04724 (bCR: both).
    """

    name: ClassVar[str] = "consistency"
    paper: ClassVar[str] = "Zhang, Zhang, Odena & Lee 2019, arXiv:1910.12027"

    augment: Augment = USUAL
    on: Literal["real", "both"] = "real"
    fake_weight: Annotated[float, Ge(0)] = 1.0

    def __attrs_post_init__(self) -> None:
        if self.on == "real" and self.fake_weight != 1:
            raise ValueError(f"fake_weight weighs the fakes' part, got {self.fake_weight} with on: real; take on: both")

    def forward(self, judge: Judge, real: Tensor, fake: Tensor, *, draw: Stream) -> Tensor:
        """The penalty, a scalar, of real and fake samples [N, ...]; `draw` is the augment's."""
        change = self._change(judge, real.detach(), draw)
        return change if self.on == "real" else change + self.fake_weight * self._change(judge, fake.detach(), draw)

    def _change(self, judge: Judge, samples: Tensor, draw: Stream) -> Tensor:
        drawn = {"draw": draw} if isinstance(self.augment, Draws) else {}
        changed = self.augment(samples, **drawn)
        return mean_cost(lambda before, after: (before - after).square(), judge(samples), judge(changed))


@hookimpl
def rivalry_components():
    return [Consistency]
