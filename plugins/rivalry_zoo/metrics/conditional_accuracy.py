"""Conditional accuracy: the part of the samples that a judge takes for the class they were asked to be."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt


def class_agreement(predicted: Tensor, wanted: Tensor) -> Score:
    """The part of predicted labels [N] that equal the wanted ones [N], with its binomial standard error."""
    if predicted.shape != wanted.shape or predicted.ndim != 1 or len(predicted) == 0:
        raise ValueError(
            "predicted and wanted must be equally many labels [N], at least one, "
            f"but have shapes {list(predicted.shape)} and {list(wanted.shape)}"
        )
    n, share = len(wanted), float((predicted == wanted).double().mean())
    return Score(share, (share * (1 - share) / n) ** 0.5)


def conditional_accuracy(logits: Tensor, labels: Tensor) -> Score:
    """`class_agreement` of the likeliest class of logits [N, K] with the labels [N] that conditioned the samples."""
    if logits.ndim != 2 or not torch.isfinite(logits).all():
        raise ValueError(
            f"logits must be a finite matrix [N, K], but have shape {list(logits.shape)} or are not finite"
        )
    return class_agreement(logits.argmax(1), labels.to(logits.device))


@frozen
class ConditionalAccuracy(Metric):
    """`conditional_accuracy` of a conditional game's samples, in [0, 1], as the judge's classifier sees them.

    `features` must classify, as `judge` does: ValueError otherwise. An agreement can be no better than the judge's own
    accuracy suggests; real data scores that accuracy, chance is one in the number of classes.
    """

    name: ClassVar[str] = "conditional_accuracy"
    paper: ClassVar[str] = "Shmelkov, Schmid & Alahari 2018 (GAN-test), arXiv:1807.09499"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)
    needs: ClassVar = ("labels",)

    features: Features
    samples: Annotated[int, Gt(0)] = 1000

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "head"):
            raise ValueError(f"wanted features that classify, got '{self.features.name}': write `features: judge`")

    def compute(self, real: Tensor, fake: Tensor, *, labels: Tensor) -> Score:
        return conditional_accuracy(self.features.head(fake), labels)


@hookimpl
def rivalry_components():
    return [ConditionalAccuracy]
