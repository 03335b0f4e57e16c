"""What holds a code book and an encoder together."""

from typing import Annotated, ClassVar

from attrs import frozen
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry.marks import Ge
from rivalry_zoo.blocks.precision import wide


@frozen
class VectorQuantization(Loss):
    """mean (sg[z] - e)^2 + commitment mean (z - sg[e])^2 of codes z and their nearest in the book e; sg: no gradient.

    Of [z, Q(z).codes]. The first term draws the book to the encoder, the second the encoder to the book, by default
    with a quarter of the pull. Both are means over all elements, as in VQGAN; VQ-VAE sums over a vector's components.
    In VQGAN's own code the quarter stands, by an error it keeps for old checkpoints, at the first term.

    Raises ValueError if the shapes differ, which would otherwise broadcast silently.
    """

    name: ClassVar[str] = "vector_quantization"
    paper: ClassVar[str] = "van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937"

    commitment: Annotated[float, Ge(0)] = 0.25

    def forward(self, z: Tensor, codes: Tensor) -> Tensor:
        """The loss, a scalar."""
        if z.shape != codes.shape:
            raise ValueError(
                f"the loss needs codes of the encoder's shape, got {tuple(z.shape)} and {tuple(codes.shape)}; "
                "write of: [z, Q(z).codes]"
            )
        pull = wide(z.detach() - codes).square().mean()
        return pull + self.commitment * wide(z - codes.detach()).square().mean()


@hookimpl
def rivalry_components():
    return [VectorQuantization]
