"""Samples: what a metric sees that looks at pictures or signals as they are."""

from typing import ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Features


@frozen
class AsTheyAre(Features):
    """The sample itself, in its own shape: [N, ...] -> [N, ...], float32, or float64 where the samples are.

    For metrics that need the shape of a picture, which `pixels` takes away.
    """

    name: ClassVar[str] = "samples"
    paper: ClassVar[str] = "none: the identity"

    def __call__(self, samples: Tensor) -> Tensor:
        return samples.to(torch.promote_types(samples.dtype, torch.float32))


SAMPLES = AsTheyAre()
"""The default of metrics of pictures; it has no state, so that all may share it."""


@hookimpl
def rivalry_components():
    return [AsTheyAre]
