"""Close codes shall give different samples."""

from typing import ClassVar, Literal

from attrs import frozen
from einops import reduce
from torch import Tensor

from rivalry.hooks import hookimpl
from rivalry.interfaces import Loss
from rivalry_zoo.blocks.precision import wide


@frozen
class LatentConsistency(Loss):
    """-E |G(z) - G(z + e)|^2, of [fake, near]: the generator's side of zCR, which moves it to use its codes.

    The critic's side is `l2` of its scores, that it shall not mind what e changes:

        flow: {fake: G(z), near: "G(noise(z, 0.05))"}
        losses:
          alike: {use: l2, of: [D(fake), D(near)], trains: [D], weight: 20}
          apart: {use: latent_consistency, of: [fake, near], weight: 0.5}

    `mean` over a sample's numbers, as in StudioGAN's code, whose values for CIFAR-10 these are, or their `sum`, the
    paper's squared norm: then the weight is less by as many. Unbounded below where the samples are; a generator that
    ends in tanh bounds it. Half precision is squared in float32.

    Raises ValueError if the shapes differ, which would otherwise broadcast silently.
    """

    name: ClassVar[str] = "latent_consistency"
    paper: ClassVar[str] = "Zhao, Singh, Lee, Zhang, Odena & Zhang 2020, arXiv:2002.04724"

    over: Literal["mean", "sum"] = "mean"

    def forward(self, fake: Tensor, near: Tensor) -> Tensor:
        """Minus the squared distance, a scalar."""
        if fake.shape != near.shape:
            raise ValueError(
                "the distance needs two tensors of one shape, "
                f"got {tuple(fake.shape)} and {tuple(near.shape)}; make both by the same network"
            )
        return -reduce(wide(fake - near).square(), "n ... -> n", self.over).mean()


@hookimpl
def rivalry_components():
    return [LatentConsistency]
