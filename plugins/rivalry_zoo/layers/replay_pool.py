"""Samples of earlier generators, mixed among the present one's."""

from typing import Annotated

import torch
from torch import Tensor

from rivalry.distributed import gather_rows, many_processes
from rivalry.fields import Inputs, as_inputs
from rivalry.hooks import hookimpl
from rivalry.interfaces import Layer
from rivalry.marks import Draws, Given, Gt, Interval
from rivalry.streams import Stream


class ReplayPool(Layer, Draws):
    """Keeps `size` samples; samples [N, ...] come back with some of them exchanged for kept ones, without gradient.

    While there is room, samples are kept and come back as they are. From then on each sample is with `probability`
    exchanged for a kept one, in whose place it is kept; places are drawn without repetition within a batch, so at most
    `size` of a batch are exchanged. A critic that sees these fakes cannot forget what it once knew. In evaluation it is
    the identity. The pool and its count are buffers on the device, which no step reads on the host; several processes
    keep one pool of their joint batch. Defaults as in CycleGAN (arXiv:1703.10593). Raises ValueError for more than one
    input: pair the pictures' channels by `concat` instead.
    """

    name = "replay_pool"
    paper = "Shrivastava et al. 2016, arXiv:1612.07828, section 2.3"

    pool: Tensor
    count: Tensor

    def __init__(
        self,
        inputs: Given[Inputs],
        *,
        size: Annotated[int, Gt(0)] = 50,
        probability: Annotated[float, Interval(ge=0, le=1)] = 0.5,
    ) -> None:
        super().__init__()
        fields = as_inputs(inputs)
        if len(fields) != 1:
            raise ValueError(f"layer replay_pool wants one input, got {len(fields)}; join them by concat")
        self.size, self.probability = size, probability
        self.register_buffer("pool", torch.zeros(size, *fields[0].shape))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor, *, draw: Stream) -> Tensor:
        if not self.training:
            return x
        chance, places, seen = draw.uniform(len(x)), draw.uniform(self.size), x.detach()
        if not many_processes():
            return self._exchanged(seen, chance, places)
        joint, chances = gather_rows(seen).flatten(0, 1), gather_rows(chance).flatten(0, 1)
        mixed = self._exchanged(joint, chances, gather_rows(places)[0])
        return mixed.unflatten(0, (-1, len(x)))[draw.rank]

    @torch.no_grad()
    def _exchanged(self, x: Tensor, chance: Tensor, places: Tensor) -> Tensor:
        """The samples after their exchange, by row numbers of the table that holds the pool's rows, then x's."""
        rows, slots = torch.arange(len(x), device=x.device), torch.arange(self.size, device=x.device)
        filling = (slots >= self.count) & (slots < self.count + len(x))
        kept = torch.where(filling, self.size + slots - self.count, slots)
        most = min(len(x), self.size)
        place = places.argsort()[:most]
        exchanged = (self.count + rows >= self.size)[:most] & (chance[:most] < self.probability)
        mine = self.size + rows
        given = torch.cat([torch.where(exchanged, kept[place], mine[:most]), mine[most:]])
        kept = kept.scatter(0, place, torch.where(exchanged, mine[:most], kept[place]))
        table = torch.cat([self.pool, x.to(self.pool.dtype)])
        self.pool.copy_(table[kept])
        self.count.copy_((self.count + len(x)).clamp(max=self.size))
        return table[given].to(x.dtype)


@hookimpl
def rivalry_components():
    return [ReplayPool]
