"""One random number per sample, in which every direction counts alike."""

from math import sqrt
from typing import ClassVar

from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Operation
from rivalry.marks import Draws
from rivalry.streams import Stream


@frozen
class RandomProjection(Draws, Operation):
    """random_projection(x): sum(x e) / sqrt(places) [N] of x [N, C, ...], with e standard normal of x's shape.

    Its gradient by a code is J'e / sqrt(places), whose mean square is |J|^2 / places for the Jacobian J of x: lengths
    of it do not depend on the resolution of an image. Vectors [N, d] have one place.
    """

    name: ClassVar[str] = "random_projection"
    paper: ClassVar[str] = "Karras et al. 2019, arXiv:1912.04958, section 3.2"

    def __call__(self, x: Tensor, *, draw: Stream) -> Tensor:
        noise = draw.normal(*x.shape).to(x.dtype) / sqrt(x.shape[2:].numel())
        return reduce(x * noise, "n ... -> n", "sum")


@hookimpl
def rivalry_components():
    return [RandomProjection]
