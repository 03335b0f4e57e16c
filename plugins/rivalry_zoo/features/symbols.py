"""Symbols: sequences as the symbols that they most likely are."""

from typing import ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features


@frozen
class Symbols(Features):
    """The likeliest symbol at each place: one-hot vectors, probabilities or logits [N, V, L] -> whole numbers [N, L].

    float32. Raises ValueError for samples of another number of dimensions.
    """

    name: ClassVar[str] = "symbols"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, samples: Tensor) -> Tensor:
        if samples.ndim != 3:
            raise ValueError(f"symbols are seen in sequences [N, V, L], not in samples of shape {list(samples.shape)}")
        return samples.argmax(1).float()


SYMBOLS = Symbols()
"""The default of metrics of texts; it has no state, so that all may share it."""


@hookimpl
def rivalry_components():
    return [Symbols]
