"""What a batch says of its own variety."""

import torch
from einops import rearrange, reduce, repeat
from torch import Tensor, nn

from rivalry.marks import CouplesWeakly
from rivalry_zoo.blocks.precision import wide


def with_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Maps [N, C, h, w] and one more, filled with the mean standard deviation of the sample's group: [N, C + 1, h, w].

    The deviation sqrt(variance + 1e-8) over the group, of each channel at each place, is averaged over channels and
    places. Groups have `group` members, or the largest number below that divides N, taken a fixed stride apart. Equal
    samples give 1e-4. It couples a batch weakly: real and fake are scored apart. Karras et al. 2017, arXiv:1710.10196.
    """
    size = next(members for members in range(min(group, len(x)), 0, -1) if len(x) % members == 0)
    groups = rearrange(wide(x), "(g m) c h w -> g m c h w", g=size)
    spread = (reduce((groups - groups.mean(0)).square(), "g m c h w -> m c h w", "mean") + 1e-8).sqrt()
    level = reduce(spread, "m c h w -> m", "mean").to(x.dtype)
    return torch.cat([x, repeat(level, "m -> (g m) 1 h w", g=size, h=x.shape[2], w=x.shape[3])], 1)


class MinibatchDeviation(nn.Module, CouplesWeakly):
    """`with_deviation` as a module, which says that it couples the batch; no weights."""

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, h, w] and the map of the deviation: [N, C + 1, h, w]."""
        return with_deviation(x)
