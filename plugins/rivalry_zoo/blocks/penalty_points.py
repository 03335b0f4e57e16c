"""Where a penalty looks at the judge, besides the samples themselves."""

import torch
from einops import rearrange
from torch import Tensor

from rivalry.streams import Stream


def shares(samples: Tensor, draw: Stream) -> Tensor:
    """Numbers uniform on [0, 1), one a sample, shaped [N, 1, ...] like samples [N, ...]."""
    return rearrange(draw.uniform(len(samples)).to(samples), "n -> n" + " 1" * (samples.ndim - 1))


def interpolates(real: Tensor, fake: Tensor, draw: Stream) -> Tensor:
    """u real + (1 - u) fake with u uniform on [0, 1), one a pair; ValueError unless both [N, ...] have one shape."""
    if real.shape != fake.shape:
        raise ValueError(
            "interpolates need equally many real and fake samples of one shape, "
            f"got {tuple(real.shape)} real and {tuple(fake.shape)} fake; draw one fake per real sample"
        )
    return torch.lerp(fake.to(real), real, shares(real, draw))


def uniformly_perturbed(real: Tensor, spread: float, draw: Stream) -> Tensor:
    """x + u spread std(x) U: u uniform on [0, 1), one a sample, U likewise, one an element, std over the whole batch.

    The noise is never negative; its own standard deviation is about 0.22 spread std(x).
    """
    share = shares(real, draw)
    return real + spread * real.std(correction=0) * share * draw.uniform(*real.shape).to(real)


def normally_perturbed(real: Tensor, spread: float, draw: Stream) -> Tensor:
    """x + spread n with standard normal n, one an element."""
    return real + spread * draw.normal(*real.shape).to(real)
