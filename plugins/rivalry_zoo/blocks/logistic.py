"""What a classifier pays for either label, elementwise in the score s: the cross-entropies of logits."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy


def as_real(scores: Tensor) -> Tensor:
    """-log sigma(s), the cost of the label 1."""
    return cross_entropy(scores, torch.ones_like(scores), reduction="none")


def as_fake(scores: Tensor) -> Tensor:
    """-log(1 - sigma(s)), the cost of the label 0."""
    return cross_entropy(scores, torch.zeros_like(scores), reduction="none")
