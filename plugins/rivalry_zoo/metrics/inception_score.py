"""Inception score: how sure a classifier is of each sample, and how many classes it sees in all."""

from collections.abc import Callable
from math import inf, log, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.unseen import built
from rivalry_zoo.features.judge import Judge


def inception_score(logits: Tensor, splits: int = 10) -> Score:
    """exp(mean KL(p(y|x) || p(y))) of logits [N, K], in [1, K], averaged over contiguous splits; float64.

    The error is that of the mean over splits (None for one split); papers quote the deviation between splits, which is
    sqrt(splits) times as large. A split of n samples deflates the score, by about exp(-(K - 1) / 2n) where the
    classifier is sure, so that values for different sizes of splits do not compare. ValueError unless each split gets a
    sample.
    """
    if logits.ndim != 2 or logits.shape[1] == 0 or not torch.isfinite(logits).all():
        raise ValueError(
            f"logits must be a finite matrix [N, K], but have shape {list(logits.shape)} or are not finite"
        )
    if not 0 < splits <= len(logits):
        raise ValueError(f"each of {splits} splits needs a sample, but there are {len(logits)}: change splits")
    wide = logits.detach().cpu() if logits.device.type == "mps" else logits.detach()  # mps has no float64
    scores = []
    for part in wide.double().log_softmax(1).tensor_split(splits):
        marginal = part.logsumexp(0) - log(len(part))
        scores.append((part.exp() * (part - marginal)).sum(1).mean().exp())
    values = torch.stack(scores)
    return Score(float(values.mean()), float(values.std()) / sqrt(splits) if splits > 1 else None)


@frozen
class InceptionScore(Metric):
    """`inception_score` in [1, K] as the judge's classifier of K classes sees the fakes; the real samples are not used.

    It is the published score only through the published `inception`, in 10 splits of 50,000 samples. It knows neither
    copies nor lost variety within a class. `features` must classify, as `judge` and `inception` do: ValueError
    otherwise, and for fewer samples than splits. The default is a judge of the metric's own, because a judge keeps what
    it learns.
    """

    name: ClassVar[str] = "inception_score"
    paper: ClassVar[str] = "Salimans et al. 2016, arXiv:1606.03498"
    direction: ClassVar = "higher"
    range: ClassVar = (1.0, inf)
    short: ClassVar[str] = "is"
    published: ClassVar[str] = "IS"

    features: Callable[[], Features] = field(default=Judge, converter=built)
    samples: Annotated[int, Gt(0)] = 5000
    splits: Annotated[int, Gt(0)] = 10

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "head"):
            raise ValueError(
                f"wanted features that classify, got '{self.features.name}': write `features: judge` or `inception`"
            )
        if self.samples < self.splits:
            raise ValueError(f"samples must reach splits, but got {self.samples} and {self.splits}: raise samples")

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return inception_score(self.features.head(fake), self.splits)


@hookimpl
def rivalry_components():
    return [InceptionScore]
