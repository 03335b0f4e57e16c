"""The arithmetic of one backward pass through a critic that serves both sides of a game."""

from collections.abc import Sequence

import torch
from torch import Tensor

LEAST = 2.0**-64
"""The least derivative that is sent back through the critic, in units of the generator's."""


def cotangents(discriminator: Tensor, generator: Tensor) -> tuple[Tensor, Tensor]:
    """What to send back through the critic at each score, and by what its input gradients are then to be multiplied.

    With c = d (w_D L_D) / ds and a = d (w_G L_G) / ds at the fakes' scores [N] or [N, 1], and v the input gradients
    that come out where c is sent in, the generator's own are

        v a / c,    both being J^T times a cotangent, J the derivative of that sample's score by that sample alone.

    Where the critic does not mind a score (hinge beyond its margin, BEGAN at k = 0) c is 0 and nothing would come out:
    wherever |c| < 2^-64 |a|, 2^-64 a is sent in its place. As a power of two it is undone without rounding. It is 2^-12
    of float64's epsilon, so it stays below the last digit of the critic's gradient, unless that is by itself 2^12 times
    smaller than the generator's through the critic; where it is all 0, 2^-64 of the latter is left in its place.

    float32 and bfloat16 share an exponent down to 2^-126: input gradients keep their digits down to 2^-62 of their
    cotangent. The factor is of what is really sent, rounded to the scores' type, so rounding cannot part the two sides.
    float16 ends at 2^-24: there 2^-64 a is 0, and nothing comes back from such a sample. A game in float16 wants two
    backward passes, or a critic that is nowhere flat; no setting of Rivalry has float16.

    Returns (sent, factor), both of the scores' shape; the factor in float32 at least, 0 where nothing is sent.
    """
    least = LEAST * generator
    sent = torch.where(discriminator.abs() < least.abs(), least, discriminator)
    wide = torch.promote_types(sent.dtype, torch.float32)
    factor = torch.where(sent == 0, 0.0, generator.to(wide) / sent.to(wide))
    return sent, factor


def pull(fakes: Sequence[Tensor], gradients: Sequence[Tensor], factor: Tensor) -> Tensor:
    """A loss whose gradient by the fakes [N, ...] is theirs here, each sample's times its factor [N] or [N, 1]."""
    rows = factor.flatten()
    wanted = [g.to(rows.dtype) * rows.reshape(-1, *[1] * (g.ndim - 1)) for g in gradients]
    return torch.stack([(fake * want).sum() for fake, want in zip(fakes, wanted, strict=True)]).sum()
