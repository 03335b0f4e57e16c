"""Bits saved: what a forecast of symbols knows beyond how frequent they are."""

from math import log, sqrt
from typing import Annotated, ClassVar

import torch
from attrs import field, frozen
from einops import rearrange
from torch import Tensor
from torch.nn import functional as F

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Gt
from rivalry_zoo.features.pixels import PIXELS


def bits_saved(logits: Tensor, symbols: Tensor) -> Score:
    """Entropy of the symbols at each place less the forecast's cross-entropy, in bits per symbol, the mean over places.

    Logits [N, K, ...], symbols [N, ...]. The entropy is that of the N symbols themselves, the least that any forecast
    which knows only the place can cost on them: a lower bar than the law's own entropy by about (K - 1) / 2N nats, so
    what is saved is never flattered. The standard error is that of the forecast's cost over samples.
    ValueError where the shapes do not fit.
    """
    if logits.ndim < 2 or (len(logits), *logits.shape[2:]) != tuple(symbols.shape) or len(symbols) < 2:
        raise ValueError(
            f"wanted logits [N, K, ...] of symbols [N, ...], at least two, got {list(logits.shape)} and "
            f"{list(symbols.shape)}"
        )
    cost = F.cross_entropy(logits.double(), symbols, reduction="none").reshape(len(symbols), -1).mean(1) / log(2)
    places = rearrange(symbols, "n ... -> (...) n").cpu()
    shares = torch.stack([torch.bincount(row, minlength=logits.shape[1]).double() for row in places])
    entropy = torch.special.entr(shares / len(symbols)).sum(1).mean() / log(2)
    return Score(float(entropy) - float(cost.mean()), float(cost.std()) / sqrt(len(cost)))


@frozen
class BitsSaved(Metric):
    """`bits_saved` of a prior's logits and the symbols they foretell, as in `of: [T(symbols), symbols]`.

    0 or less: the prior knows no more than how frequent each symbol is at each place, of the very samples it is judged
    on. On held-out data it cannot be had by heart.
    """

    name: ClassVar[str] = "bits_saved"
    paper: ClassVar[str] = "none: the information that context gives; Shannon 1951 for texts"
    direction: ClassVar = "higher"
    needs: ClassVar = ("pairs",)

    samples: Annotated[int, Gt(0)] = 1000
    features: Features = field(default=PIXELS, init=False)

    def compute(self, logits: Tensor, symbols: Tensor) -> Score:
        return bits_saved(logits, symbols)


@hookimpl
def rivalry_components():
    return [BitsSaved]
