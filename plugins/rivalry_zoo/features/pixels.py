"""Pixels: samples as they are, as vectors."""

from typing import ClassVar

import torch
from attrs import frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features


@frozen
class Pixels(Features):
    """The sample itself: [N, ...] -> [N, d], float32, or float64 where the samples are."""

    name: ClassVar[str] = "pixels"
    paper: ClassVar[str] = "none: the identity"

    def __call__(self, samples: Tensor) -> Tensor:
        return rearrange(samples, "n ... -> n (...)").to(torch.promote_types(samples.dtype, torch.float32))


PIXELS = Pixels()
"""The default of metrics; it has no state, so that all may share it."""


@hookimpl
def rivalry_components():
    return [Pixels]
