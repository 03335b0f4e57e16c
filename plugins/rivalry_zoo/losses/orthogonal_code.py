"""Codes that can be read off samples up to their mean and size."""

from typing import ClassVar

from attrs import frozen
from einops import rearrange
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide

TINY = 1e-12
"""Under the square root, whose derivative at 0 would be infinite."""


@frozen
class OrthogonalCode(Loss):
    """-E rho(z, E(G(z))), of [z, E(fake)]: rho is Pearson's correlation over the components of one sample's code.

        rho(a, b) = cov(a, b) / sqrt(var(a) var(b))    in [-1, 1], the same for s b + t with s > 0

    Because a code's mean and size do not count, they are free to say something else: in O-GAN the mean of E(x) is the
    critic's score, as in a judge mean(E(_)), so that the critic is an encoder as well. E and G both descend it; the
    paper's weight is 0.5. Codes [N, ...] of at least two components; one that is constant has the correlation 0. Half
    precision is computed in float32.

    Raises ValueError for codes of different shapes or of one component.
    """

    name: ClassVar[str] = "orthogonal_code"
    paper: ClassVar[str] = "Su 2019, arXiv:1903.01931"

    def forward(self, code: Tensor, read: Tensor) -> Tensor:
        """Minus the mean correlation, a scalar."""
        if code.shape != read.shape or code.numel() < 2 * len(code):
            raise ValueError(
                "the correlation needs two codes of one shape with two components or more, "
                f"got {tuple(code.shape)} and {tuple(read.shape)}; give the encoder the latent's shape"
            )
        flat = (rearrange(wide(c), "n ... -> n (...)") for c in (code, read))
        a, b = (c - c.mean(1, keepdim=True) for c in flat)
        sizes = a.square().mean(1) * b.square().mean(1)
        return -((a * b).mean(1) / (sizes + TINY).sqrt()).mean()


@hookimpl
def rivalry_components():
    return [OrthogonalCode]
