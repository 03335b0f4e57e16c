"""Multinomial logistic regression, fitted to its optimum."""

import torch
from attrs import frozen
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from rivalry_zoo.blocks.convex import least


@frozen
class LogisticRegression:
    """A fitted classifier: `weights` [d + 1, K] of standardised features and a constant, for the K labels `known`."""

    mean: Tensor
    deviation: Tensor
    weights: Tensor
    known: Tensor

    def logits(self, features: Tensor) -> Tensor:
        """The logits [N, K] of features [N, d]."""
        return pad((features - self.mean) / self.deviation, (0, 1), value=1.0) @ self.weights

    def classify(self, features: Tensor) -> Tensor:
        """The likeliest labels [N] of features [N, d], among those that it was taught."""
        return self.known[self.logits(features).argmax(1)]


def fit_logistic_regression(features: Tensor, labels: Tensor, penalty: float = 1.0) -> LogisticRegression:
    """The classifier of features [N, d], float64, that minimises sum_i CE(logits(x_i), label_i) + penalty |W|^2 / 2.

    Features are standardised by their own mean and deviation, a constant one only centred; offsets go unpunished. The
    optimum is one point but for a constant added to all offsets, and needs no seed.
    """
    known, targets = labels.unique(return_inverse=True)
    mean, deviation = features.mean(0), features.std(0, correction=0)
    deviation = torch.where(deviation > 1e-12 * mean.abs(), deviation, 1.0)
    rows = pad((features - mean) / deviation, (0, 1), value=1.0)

    def objective(weights: Tensor) -> Tensor:
        return cross_entropy(rows @ weights, targets) + penalty * weights[:-1].square().sum() / (2 * len(rows))

    weights = least(objective, rows.new_zeros(rows.shape[1], len(known)))
    return LogisticRegression(mean, deviation, weights, known)
