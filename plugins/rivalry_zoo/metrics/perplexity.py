"""Perplexity: how many symbols of a code book are in use."""

from math import inf
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS


def perplexity(symbols: Tensor) -> Score:
    """exp of the entropy of how frequent the symbols [N, ...] are: k where k of them are equally frequent.

    ValueError unless they are whole numbers from 0, at least one.
    """
    if symbols.is_floating_point() or symbols.numel() == 0 or bool((symbols < 0).any()):
        raise ValueError(f"wanted whole numbers from 0, got {symbols.dtype} of shape {list(symbols.shape)}")
    shares = torch.bincount(symbols.flatten().cpu()).double() / symbols.numel()
    return Score(float(torch.special.entr(shares).sum().exp()))


@frozen
class Perplexity(Metric):
    """`perplexity` of symbols, as in `of: Q(E(x)).indices`: from 1, one symbol for all, to the size of the book.

    Places are pooled, so it says nothing of whether a place knows which symbol comes.
    """

    name: ClassVar[str] = "perplexity"
    paper: ClassVar[str] = "van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937; Jelinek et al. 1977"
    direction: ClassVar = "higher"
    range: ClassVar = (1.0, inf)
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    features: Features = field(default=PIXELS, init=False)

    def compute(self, symbols: Tensor) -> Score:
        return perplexity(symbols)


@hookimpl
def rivalry_components():
    return [Perplexity]
