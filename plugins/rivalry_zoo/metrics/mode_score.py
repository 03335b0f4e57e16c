"""Mode score: how sure a classifier is of each sample, and whether it sees the classes as often as in the data."""

from collections.abc import Callable
from math import inf, log
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.unseen import built
from rivalry_zoo.features.judge import Judge


def _checked(logits: Tensor, name: str) -> Tensor:
    if logits.ndim != 2 or logits.numel() == 0 or not torch.isfinite(logits).all():
        raise ValueError(
            f"{name} must be a finite matrix [N, K] of logits, but has shape {list(logits.shape)} or is not finite"
        )
    wide = logits.detach().cpu() if logits.device.type == "mps" else logits.detach()  # mps has no float64
    return wide.double().log_softmax(1)


def mode_score(real: Tensor, fake: Tensor) -> Score:
    """exp(mean KL(p(y|x) || p(y)) - KL(p(y) || p*(y))) of logits [N, K] of real samples and [M, K] of fakes; float64.

    p(y) and p*(y) are the means over fakes and over real samples. It is the inception score in one split over
    exp(KL(p(y) || p*(y))), so at most K, and equal to it where the fakes have the classes' frequencies. With p* for the
    first p(y), as it was first printed, the data would cancel and leave the inception score itself. No standard error
    is known. ValueError for other shapes and for logits that are not finite.
    """
    real, fake = _checked(real, "real"), _checked(fake, "fake")
    if real.shape[1] != fake.shape[1]:
        raise ValueError(f"real and fake must be logits of equally many classes, not {real.shape[1]}, {fake.shape[1]}")
    wanted, found = (part.logsumexp(0) - log(len(part)) for part in (real, fake))
    sure = (fake.exp() * (fake - found)).sum(1).mean()
    return Score(float((sure - (found.exp() * (found - wanted)).sum()).exp()))


@frozen
class ModeScore(Metric):
    """`mode_score` as the judge's classifier of K classes sees both sides: higher is better, above 0 and at most K.

    Lost classes count twice, less variety and another frequency. `features` must classify, as `judge` and `inception`
    do: ValueError otherwise. The default is a judge of the metric's own, because a judge keeps what it learns.
    """

    name: ClassVar[str] = "mode_score"
    paper: ClassVar[str] = "Che et al. 2016, arXiv:1612.02136; Xu et al. 2018, arXiv:1806.07755"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, inf)

    features: Callable[[], Features] = field(default=Judge, converter=built)
    samples: Annotated[int, Gt(0)] = 5000

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "head"):
            raise ValueError(
                f"wanted features that classify, got '{self.features.name}': write `features: judge` or `inception`"
            )

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return mode_score(self.features.head(real), self.features.head(fake))


@hookimpl
def rivalry_components():
    return [ModeScore]
