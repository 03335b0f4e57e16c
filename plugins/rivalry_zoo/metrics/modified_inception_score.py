"""Modified inception score: how varied samples of one class are, as a classifier sees them."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt


def modified_inception_score(logits: Tensor, classes: Tensor | None = None) -> Score:
    """The mean over classes of exp(mean_ij KL(p_i || p_j)), i and j the samples of one class; at least 1; float64.

    p_i is the softmax of row i of logits [N, K], and classes [N] are the likeliest ones unless given. All pairs count,
    i = j too, at the cost of one: mean_ij KL = mean_i sum_y p_i(y) log p_i(y) - sum_y p(y) mean_j log p_j(y), with p
    the mean of the p_i. So n samples of a class have (n - 1) / n of the exponent that a law's independent draws would.
    Each class that has samples weighs the same, and one without is not missed. No error is stated: the pairs of a class
    are not independent, and its exponent is dominated by a few. ValueError for other shapes, for none, and for logits
    that are not finite.
    """
    if logits.ndim != 2 or logits.numel() == 0 or not torch.isfinite(logits).all():
        raise ValueError(
            f"logits must be a finite matrix [N, K], but have shape {list(logits.shape)} or are not finite"
        )
    classes = logits.argmax(1) if classes is None else classes.to(logits.device)
    if classes.shape != logits.shape[:1]:
        raise ValueError(f"classes must be {len(logits)} numbers [N], but have shape {list(classes.shape)}")
    wide = logits.detach().cpu() if logits.device.type == "mps" else logits.detach()  # mps has no float64
    values = []
    for one in classes.unique():
        own = wide[(classes == one).to(wide.device)].double().log_softmax(1)
        values.append((own.exp() * own).sum(1).mean() - own.exp().mean(0) @ own.mean(0))
    return Score(float(torch.stack(values).clamp(min=0).exp().mean()))


@frozen
class ModifiedInceptionScore(Metric):
    """`modified_inception_score` of the fakes, at least 1; the real samples are not used.

    Samples count as the class that the classifier takes them for, as in the paper. It is meant for the variety within
    a class, but any spread of the predictions raises it: one of an unsure classifier, and noise, too. Read it beside
    `inception_score` and the value of real samples. `features` must classify, as `judge` does: ValueError otherwise.
    """

    name: ClassVar[str] = "modified_inception_score"
    paper: ClassVar[str] = "Gurumurthy, Sarvadevabhatla & Babu 2017 (DeLiGAN), arXiv:1706.02071"
    direction: ClassVar = "higher"
    range: ClassVar = (1.0, inf)
    short: ClassVar[str] = "m_is"
    published: ClassVar[str] = "m-IS"

    features: Features
    samples: Annotated[int, Gt(0)] = 5000

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "head"):
            raise ValueError(f"wanted features that classify, got '{self.features.name}': write `features: judge`")

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return modified_inception_score(self.features.head(fake))


@hookimpl
def rivalry_components():
    return [ModifiedInceptionScore]
