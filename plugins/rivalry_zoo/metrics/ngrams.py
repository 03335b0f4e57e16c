"""N-grams: how far the letters of generated texts follow each other as in real ones."""

from math import log
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Gt
from rivalry_zoo.blocks.feature_sets import exact_pair
from rivalry_zoo.features.symbols import SYMBOLS


def ngrams(texts: Tensor, order: int) -> Tensor:
    """All runs of `order` symbols of texts [N, L], as rows [N * (L - order + 1), order]; ValueError where there is
    none.
    """
    if texts.shape[1] < order:
        raise ValueError(f"wanted texts of at least {order} symbols, got {texts.shape[1]}")
    return texts.unfold(1, order, 1).reshape(-1, order)


def counted(real: Tensor, fake: Tensor, order: int) -> Tensor:
    """How often each n-gram that occurs at all occurs in real and in fake texts [N, L] and [M, L]: [2, kinds]."""
    rows = [ngrams(texts, order) for texts in exact_pair(real, fake)]
    kinds, place = torch.cat(rows).unique(dim=0, return_inverse=True)
    return torch.stack([part.bincount(minlength=len(kinds)) for part in place.split([len(part) for part in rows])])


def ngram_divergence(real: Tensor, fake: Tensor, order: int = 2) -> Score:
    """The Jensen-Shannon divergence, in nats, of the n-grams' relative frequencies in real and in fake texts [N, L].

    From 0 to log 2. Two samples of one law are not 0 apart: with k kinds of n-grams about (k - 1) (1/N + 1/M) / 8, N
    and M the numbers of n-grams.
    """
    counts = counted(real, fake, order).double()
    p, q = counts / counts.sum(1, keepdim=True)
    middle = (p + q) / 2
    return Score(float(torch.special.xlogy(p, p / middle).sum() + torch.special.xlogy(q, q / middle).sum()) / 2)


@frozen
class Ngrams(Metric):
    """`ngram_divergence` of the runs of `order` symbols, at any place, of sequences [N, V, L] through `symbols`."""

    name: ClassVar[str] = "ngrams"
    paper: ClassVar[str] = "Gulrajani et al. 2017, arXiv:1704.00028 (figure 4 of the appendix)"
    direction: ClassVar = "lower"
    range: ClassVar = (0.0, log(2))

    features: Features = SYMBOLS
    samples: Annotated[int, Gt(0)] = 1000
    order: Annotated[int, Ge(1)] = 2

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return ngram_divergence(real, fake, self.order)


@hookimpl
def rivalry_components():
    return [Ngrams]
