"""Conditional accuracy: the part of the samples that a judge takes for the class they were asked to be."""

import torch
from torch import Tensor

from rivalry.interfaces import Score


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
