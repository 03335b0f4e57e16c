"""AUROC: how well a score tells what is odd from what is normal."""

from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Gt
from rivalry_zoo.features.pixels import PIXELS


def _ranks(values: Tensor) -> Tensor:
    """How many values are below each of values [N], its equals (and itself) counted half; float64."""
    _, place, counts = values.unique(return_inverse=True, return_counts=True)
    return (counts.cumsum(0) - counts.double() / 2)[place]


def auroc(scores: Tensor, labels: Tensor) -> Score:
    """P(a > b) + P(a = b) / 2 for the scores a of positives and b of negatives: the area under the ROC curve.

    Scores [N] (or [N, 1]), labels [N]: 0 (False) for negatives and 1 (True) for positives. It is Mann and Whitney's U
    over the number of pairs, from ranks, in O(N log N). The standard error is DeLong's (1988, Biometrics 44): the root
    of var(V) / P + var(W) / Q, with V the part of the Q negatives below each of P positives and W the part of the
    positives below each negative, ties counted half; None for fewer than two of either. ValueError for other shapes or
    labels, without positives or negatives, and for scores that are not finite.
    """
    if labels.ndim != 1 or len(labels) == 0 or scores.shape not in (labels.shape, (len(labels), 1)):
        raise ValueError(
            "wanted scores [N] and labels [N], at least one, "
            f"but they have shapes {list(scores.shape)} and {list(labels.shape)}"
        )
    if not torch.isfinite(scores).all():
        raise ValueError("scores must be finite, but hold NaN or infinity: look for a diverged network")
    if not ((labels == 0) | (labels == 1)).all():
        raise ValueError("labels must be 0 for negatives and 1 for positives, but there are others")
    scores, positive = scores.detach().cpu(), labels.cpu() == 1
    above, below = scores[positive], scores[~positive]
    if len(above) == 0 or len(below) == 0:
        raise ValueError(f"wanted positives and negatives, got {len(above)} and {len(below)}: the area is not defined")
    ranks = _ranks(scores)
    won = (ranks[positive] - _ranks(above)) / len(below)
    lost = (ranks[~positive] - _ranks(below)) / len(above)
    error = None
    if min(len(above), len(below)) > 1:
        error = float((won.var() / len(above) + lost.var() / len(below)).sqrt())
    return Score(float(won.mean()), error)


@frozen
class Auroc(Metric):
    """`auroc` of scores and labels, as in `of: [oddness, label]`, in [0, 1]: 1 if every odd sample scores higher.

    Chance is 1/2, and below it the score points the wrong way. What has another label than `normal` is odd (positive),
    whatever its class, so that labels 0 and 1 are taken as they are. ValueError as of the function.
    """

    name: ClassVar[str] = "auroc"
    paper: ClassVar[str] = "Hanley & McNeil 1982, Radiology 143; Mann & Whitney 1947; DeLong et al. 1988 for the error"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("pairs",)

    normal: Annotated[int, Ge(0)] = 0
    samples: Annotated[int, Gt(0)] = 1000
    features: Features = field(default=PIXELS, init=False)

    def compute(self, scores: Tensor, labels: Tensor) -> Score:
        return auroc(scores, labels != self.normal)


@hookimpl
def rivalry_components():
    return [Auroc]
