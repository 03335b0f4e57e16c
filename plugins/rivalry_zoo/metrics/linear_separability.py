"""Linear separability: how far a plane through the space tells what the samples show."""

from math import exp, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Probe, Score
from rivalry.marks import Gt
from rivalry_zoo.blocks.linear_svm import separating_plane
from rivalry_zoo.blocks.probing import chunks, exact


def surprises(given: Tensor, seen: Tensor) -> Tensor:
    """-log p(seen_i | given_i) [N] in nats, p the shares in both' 2 x 2 table: the mean is H(seen | given)."""
    cells = 2 * given.long() + seen.long()
    table = torch.bincount(cells, minlength=4).double().reshape(2, 2)
    shares = table / table.sum(1, keepdim=True).clamp(min=1)
    return -shares.flatten()[cells].log()


def attributes(logits: Tensor) -> Tensor:
    """The log odds [N, A] of each class against all others, by logits [N, K]: A = K, but 1 of two classes."""
    own = torch.eye(logits.shape[1], dtype=torch.bool, device=logits.device)
    others = logits.unsqueeze(1).masked_fill(own, float("-inf")).logsumexp(2)
    odds = logits - others
    return odds[:, 1:] if logits.shape[1] == 2 else odds


def linear_separability(points: Tensor, logits: Tensor) -> Score:
    """exp(sum_a H(Y_a | X_a)) of points [N, d] whose samples a classifier gave logits [N, K].

    For each class a, against all others (two classes are one attribute): of the half of the points where the classifier
    is surest, Y_a says what it sees and X_a on which side of a linear support vector machine, fitted to predict Y_a
    from the standardised point, the point lies. H is in nats of the 2 x 2 table. 1 where planes tell all; a factor of 2
    for each attribute of even halves that they tell nothing of, exp(H(Y)) at most otherwise.

    The error is that of the tables, with planes and halves taken as they are. ValueError unless logits are finite, of
    two classes at least, and half the points more than d + 1, which a plane would always part.
    """
    rows, logits = exact(points.flatten(1)), exact(logits)
    if logits.ndim != 2 or logits.shape[1] < 2 or not torch.isfinite(logits).all():
        raise ValueError(
            f"logits must be finite, of two classes at least, [N, K], but have shape {list(logits.shape)} or are not"
        )
    n, kept = len(rows), (len(rows) + 1) // 2
    if kept <= rows.shape[1] + 1:
        raise ValueError(
            f"any {kept} points of {rows.shape[1]} dimensions are separable: raise samples to "
            f"{2 * rows.shape[1] + 3} at least, better to many times as many"
        )
    deviation = rows.std(0, correction=0)
    rows = (rows - rows.mean(0)) / torch.where(deviation > 0, deviation, 1.0)
    total, effects = 0.0, rows.new_zeros(n)
    for odds in attributes(logits.to(rows.device)).T:
        surest = odds.abs().argsort(descending=True, stable=True)[:kept]
        seen = odds[surest] > 0
        surprise = surprises(separating_plane(rows[surest], seen) > 0, seen)
        entropy = surprise.mean()
        total += float(entropy)
        effects[surest] += (surprise - entropy) * n / kept
    return Score(exp(total), exp(total) * float(effects.std()) / sqrt(n))


@frozen
class LinearSeparability(Metric):
    """`linear_separability` of the space that samples are made from, at least 1: lower is better disentangled.

    The space is z, or the tensor of the flow that `of` names, as w = M(z). `features` must classify (`head`), as
    `judge` does: ValueError otherwise. The paper takes 40 binary attributes of faces, each by a classifier of its own,
    200,000 samples, and points as they are; here the attributes are the judge's classes, and points are standardised,
    so that the scale of w means nothing. Too few samples for the dimensions are separable by chance: scores for
    different numbers do not compare.
    """

    name: ClassVar[str] = "linear_separability"
    paper: ClassVar[str] = "Karras, Laine & Aila 2019, arXiv:1812.04948, section 4.2"
    direction: ClassVar = "lower"
    range: ClassVar = (1.0, float("inf"))
    needs: ClassVar = ("generator",)

    features: Features
    samples: Annotated[int, Gt(0)] = 10_000
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if not hasattr(self.features, "head"):
            raise ValueError(f"wanted features that classify, got '{self.features.name}': write `features: judge`")

    def compute(self, *, generator: Probe) -> Score:
        points, logits = [], []
        for count, own in chunks(self.samples, self.seed):
            points.append(generator.draw(count, own))
            logits.append(self.features.head(self.features(generator(points[-1], own))))
        return linear_separability(torch.cat(points), torch.cat(logits))


@hookimpl
def rivalry_components():
    return [LinearSeparability]
