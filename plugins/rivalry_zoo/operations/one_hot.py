"""Labels as vectors."""

from typing import ClassVar

import torch
from attrs import frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation


@frozen
class OneHot(Operation):
    """one_hot(label, classes=k): integers [N, ...] in [0, k) as [N, k, ...], 1 at the label's place and 0 elsewhere.

    A label outside [0, k) becomes all zeros: checking it would make the host wait for the device.
    """

    name: ClassVar[str] = "one_hot"
    paper: ClassVar[str] = "none: elementary"

    def __call__(self, label: Tensor, classes: int) -> Tensor:
        hot = label.unsqueeze(-1) == torch.arange(classes, device=label.device)
        return rearrange(hot.to(torch.get_default_dtype()), "n ... k -> n k ...")


@hookimpl
def rivalry_components():
    return [OneHot]
