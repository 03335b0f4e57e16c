"""Draws of symbols that a gradient passes through."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws, Number
from rivalry.streams import Stream


@frozen
class GumbelSoftmax(Draws, Operation):
    """gumbel_softmax(logits, temperature): softmax over dimension 1 of (logits + g) / temperature, g standard Gumbel.

    Logits [N, V, ...] become [N, V, ...], positive and of sum 1 over V. The largest of them lies at symbol v with
    probability softmax(logits)_v at every temperature; a low temperature makes it nearly one-hot. With `hard=True` the
    value is one-hot and the gradient that of the soft one (straight through). Default temperature 1.
    """

    name: ClassVar[str] = "gumbel_softmax"
    paper: ClassVar[str] = "Jang, Gu & Poole 2016, arXiv:1611.01144; Maddison, Mnih & Teh 2016, arXiv:1611.00712"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, logits: Tensor, temperature: Number = 1.0, *, hard: bool = False, draw: Stream) -> Tensor:
        # -log(1 - u) is exponential; where u is exactly 0, the middle of its cell on single precision's grid stands in.
        exponential = -torch.log1p(-draw.uniform(*logits.shape).clamp(min=2**-25))
        gumbel = -exponential.log().to(logits.dtype)
        soft = torch.softmax((logits + gumbel) / temperature, 1)
        if not hard:
            return soft
        places = torch.arange(logits.shape[1], device=logits.device).reshape(-1, *[1] * (logits.ndim - 2))
        one_hot = (soft.argmax(1, keepdim=True) == places).to(soft.dtype)
        return one_hot + (soft - soft.detach())


@hookimpl
def rivalry_components():
    return [GumbelSoftmax]
