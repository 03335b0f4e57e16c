"""Sounds moved by a few samples."""

from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws, Ge
from rivalry.streams import Stream


@frozen
class PhaseShuffle(Draws, Operation):
    """phase_shuffle(x, most=2): each sound of x [N, C, L] moved by a random whole number of samples from -most to most.

    What a move leaves empty is filled by reflection at the end. So a critic cannot know a fake by the phase at which a
    strided generator's artefacts always stand. `most` must lie below L.
    """

    name: ClassVar[str] = "phase_shuffle"
    paper: ClassVar[str] = "Donahue, McAuley & Puckette 2018, arXiv:1802.04208 (section 3.3)"
    keeps_shape: ClassVar[bool] = True

    def __call__(self, x: Tensor, *, most: Annotated[int, Ge(0)] = 2, draw: Stream) -> Tensor:
        last = x.shape[2] - 1
        move = draw.integers(2 * most + 1, len(x)) - most
        places = torch.arange(last + 1, device=x.device) - move[:, None]
        mirrored = last - (last - places.abs()).abs()
        return x.gather(2, mirrored[:, None].expand_as(x))


@hookimpl
def rivalry_components():
    return [PhaseShuffle]
