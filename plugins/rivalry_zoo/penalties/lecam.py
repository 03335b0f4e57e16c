"""Scores held near the other side's running mean."""

from typing import ClassVar, Literal

from attrs import frozen
from torch import Tensor
from torch.nn.functional import relu

from rivalry.hooks import hookimpl
from rivalry.interfaces import Judge, Penalty
from rivalry.marks import Number
from rivalry_zoo.blocks.judged import mean_cost


@frozen
class LeCam(Penalty):
    """Pulls the scores of real samples towards the fakes' running mean, and those of fakes towards the real one's.

        squares    E_p[(C(x) - fake_anchor)^2] + E_q[(C(x) - real_anchor)^2]
        rectified  E_p[max(0, C(x) - fake_anchor)^2] + E_q[max(0, real_anchor - C(x))^2]

    The first is the paper's, the second its authors' code, which lets scores beyond the anchors go. Means are over all
    elements of scores [N], [N, 1, h, w], and over scales. The anchors are numbers that schedules move:

        schedules:
          real_mean: {use: running_mean, observe: D(x)}
          fake_mean: {use: running_mean, observe: D(G(z))}
        losses:
          lecam:
            penalty: {use: lecam, real_anchor: real_mean, fake_anchor: fake_mean}
            of: game
            weight: 0.3
            after: 1000

    They change after the step, so they lag one step behind the code's, and carry no gradient; `after` gives them time.
    The paper's weights are 0.3 for BigGAN and 3e-7 for StyleGAN2.

    With `wasserstein`, squares of weight w and anchors a and -a < 0 held fixed, the best critic is
    (1 - 2 w a) (p - q) / (2 w (p + q)), whose E_p - E_q is (1 / (2 w) - a) sum (p - q)^2 / (p + q): the LeCam distance.

    Paper: Tseng, Jiang, Liu, Yang & Yang 2021, arXiv:2104.03310.
    """

    name: ClassVar[str] = "lecam"
    paper: ClassVar[str] = "Tseng, Jiang, Liu, Yang & Yang 2021, arXiv:2104.03310"

    form: Literal["squares", "rectified"] = "squares"
    real_anchor: Number = 0.0
    fake_anchor: Number = 0.0

    def forward(self, judge: Judge, real: Tensor, fake: Tensor) -> Tensor:
        """The penalty, a scalar, of real and fake samples [N, ...]."""
        if self.form == "squares":
            of_real = mean_cost(lambda scores: (scores - self.fake_anchor).square(), judge(real.detach()))
            return of_real + mean_cost(lambda scores: (scores - self.real_anchor).square(), judge(fake.detach()))
        of_real = mean_cost(lambda scores: relu(scores - self.fake_anchor).square(), judge(real.detach()))
        return of_real + mean_cost(lambda scores: relu(self.real_anchor - scores).square(), judge(fake.detach()))


@hookimpl
def rivalry_components():
    return [LeCam]
