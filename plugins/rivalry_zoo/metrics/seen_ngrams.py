"""Seen n-grams: the part of generated runs of symbols that real texts hold."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features, Metric, Score
from rivalry.marks import Ge, Gt
from rivalry_zoo.features.symbols import SYMBOLS
from rivalry_zoo.metrics.ngrams import counted


def seen_ngrams(real: Tensor, fake: Tensor, order: int = 3) -> Score:
    """The part of the fake texts' runs of `order` symbols [M, L] that occur in the real texts [N, L], in [0, 1].

    It grows with N, for real texts too; and a generator that repeats one real word scores 1. No error is stated: the
    runs of one text overlap, so they are no independent trials.
    """
    in_real, in_fake = counted(real, fake, order)
    return Score(float(in_fake[in_real > 0].sum() / in_fake.sum()))


@frozen
class SeenNgrams(Metric):
    """`seen_ngrams` of sequences [N, V, L] through `symbols`; beside `ngrams`, which sees missing variety too."""

    name: ClassVar[str] = "seen_ngrams"
    paper: ClassVar[str] = "none: BLEU's modified precision without its clipping (Papineni et al. 2002)"
    direction: ClassVar = "higher"
    range: ClassVar = (0.0, 1.0)

    features: Features = SYMBOLS
    samples: Annotated[int, Gt(0)] = 1000
    order: Annotated[int, Ge(1)] = 3

    def compute(self, real: Tensor, fake: Tensor) -> Score:
        return seen_ngrams(real, fake, self.order)


@hookimpl
def rivalry_components():
    return [SeenNgrams]
