"""Independent Gaussians, as encoders and heads give them: a mean and a log-variance, each [N, ...]."""

from einops import reduce
from torch import Tensor

from rivalry_zoo.blocks.precision import wide


def gaussian_of(given: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """Mean and log-variance, in float32 at least; ValueError for anything else, and for different shapes."""
    if isinstance(given, Tensor) or len(given) != 2:
        raise ValueError(
            "the divergence needs a Gaussian's mean and log-variance, got a plain code; "
            "give the encoder `head: gaussian`"
        )
    mean, log_variance = map(wide, given)
    if mean.shape != log_variance.shape:
        raise ValueError(
            "mean and log-variance must be of one shape, "
            f"got {tuple(mean.shape)} and {tuple(log_variance.shape)}; give each component both"
        )
    return mean, log_variance


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(m, v) || N(0, 1)) in nats, summed over a sample's components: [N]."""
    return reduce(mean.square() + log_variance.expm1() - log_variance, "n ... -> n", "sum") / 2
