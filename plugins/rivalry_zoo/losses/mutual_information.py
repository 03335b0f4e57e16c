"""How well codes can be read back from what was made of them."""

from math import log, pi
from typing import ClassVar

import torch
from attrs import frozen
from einops import rearrange, reduce
from torch import Tensor
from torch.nn.functional import cross_entropy

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


def surprise(codes: Tensor, mean: Tensor, log_variance: Tensor | None = None) -> Tensor:
    """The mean of -log N(codes; mean, variance) over samples [N, d], in nats; of variance 1 where none is given."""
    if codes.shape != mean.shape:
        raise ValueError(
            f"the reading must have one mean per component, got {tuple(mean.shape)} for codes {tuple(codes.shape)}; "
            "give the head `gaussian` the codes' size"
        )
    squares = (wide(codes) - mean).square()
    if log_variance is not None:
        squares = squares * (-wide(log_variance)).exp() + log_variance
    return reduce(squares + log(2 * pi), "n d -> n", "sum").mean() / 2


@frozen
class MutualInformation(Loss):
    """-E[log Q(c | x)]: how surprised a reading Q is by the codes c that x was made of. Of [reading, c, ...].

    By Barber & Agakov's bound I(c; x) >= H(c) - loss, with equality where Q is the posterior: log 10 - loss for ten
    equally likely labels. The reading is a critic's head, as in `of: [D(fake).code, c, u]`, and both it and the
    generator descend.

        a label c       cross-entropy of the head's logits [N, K]                                        (classes: K)
        real numbers u  1/2 sum (log 2 pi v + (u - m)^2 / v), over the components of all real codes      (gaussian: d)

    A head of both adds both. A plain tensor beside real codes is m, with v = 1. In nats; half precision is computed in
    float32.

    Raises ValueError where the reading and the codes do not match.

    Paper: Chen et al. 2016 (InfoGAN), arXiv:1606.03657; Barber & Agakov 2003 for the bound.
    """

    name: ClassVar[str] = "mutual_information"
    paper: ClassVar[str] = "Chen et al. 2016, arXiv:1606.03657"

    def forward(self, reading: Tensor | tuple[Tensor, ...], code: Tensor, *codes: Tensor) -> Tensor:
        """The cross-entropy, a scalar."""
        labels = [c for c in (code, *codes) if not c.is_floating_point()]
        numbers = [rearrange(c, "n ... -> n (...)") for c in (code, *codes) if c.is_floating_point()]
        parts = [reading] if isinstance(reading, Tensor) else list(reading)
        fits = len(parts) == (len(labels) + 2 * bool(numbers)) or (isinstance(reading, Tensor) and not labels)
        if len(labels) > 1 or not fits:
            raise ValueError(
                f"a reading of {len(parts)} parts does not fit {len(labels)} labels and {len(numbers)} vectors: a head "
                "of `classes` reads one label, one of `gaussian` all vectors, one of both a label and vectors"
            )
        loss = cross_entropy(wide(parts.pop(0)), labels[0]) if labels else torch.zeros((), device=code.device)
        if numbers:
            loss = loss + surprise(torch.cat(numbers, 1), *(rearrange(p, "n ... -> n (...)") for p in parts))
        return loss


@hookimpl
def rivalry_components():
    return [MutualInformation]
