"""Styles of two codes, one for the coarse layers and one for the fine."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws, Number
from rivalry.streams import Stream


@frozen
class MixStyles(Draws, Operation):
    """mix_styles(w1, w2, 0.9, layers=L): one style per layer [N, L, d], of two codes [N, d].

    With the given probability a sample crosses over: a layer c is drawn uniformly from 1 to L - 1, layers below it take
    w1 and the others w2. Other samples take w1 throughout. Each sample draws for itself. L is what generator style
    wants, which says so if it gets another. Raises ValueError for fewer than two layers.
    """

    name: ClassVar[str] = "mix_styles"
    paper: ClassVar[str] = "Karras, Laine & Aila 2018, arXiv:1812.04948, section 3.1"

    def __call__(
        self, first: Tensor, second: Tensor, probability: Number = 0.9, *, layers: int, draw: Stream
    ) -> Tensor:
        if layers < 2:
            raise ValueError(f"mix_styles wants at least two layers to cross over between, got {layers}")
        n = len(first)
        crosses = draw.uniform(n) < probability
        crossing = torch.where(crosses, 1 + draw.integers(layers - 1, n), layers)
        early = torch.arange(layers, device=first.device) < crossing[:, None]
        return torch.where(early[:, :, None], first[:, None], second[:, None])


@hookimpl
def rivalry_components():
    return [MixStyles]
