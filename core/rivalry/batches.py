"""Which examples a batch holds: a function of the seed and the batch's number alone, so resuming needs no state."""

import torch
from torch import Tensor

from rivalry.fields import Field
from rivalry.interfaces import Dataset
from rivalry.streams import seed_of


class Feeder:
    """Draws batches of one data set: every epoch in a new order, joint batches sliced over the processes."""

    def __init__(self, name: str, dataset: Dataset, batch: int, seed: int, rank: int = 0, world: int = 1) -> None:
        self.name, self.dataset, self.batch, self.seed = name, dataset, batch, seed
        self.rank, self.world = rank, world
        self._orders: dict[int, Tensor] = {}
        self._last: tuple[int, dict[str, Tensor]] | None = None

    @property
    def fields(self) -> dict[str, Field]:
        """The tensors of the flow that it feeds, by their names there."""
        own = dict(self.dataset.fields)
        if not self.name:
            return own
        return {**{f"{self.name}.{key}": field for key, field in own.items()}, self.name: next(iter(own.values()))}

    def _order(self, epoch: int) -> Tensor:
        if epoch not in self._orders:
            generator = torch.Generator().manual_seed(seed_of(self.seed, "order", self.name, epoch))
            self._orders = {key: order for key, order in self._orders.items() if key >= epoch - 1}
            self._orders[epoch] = torch.randperm(len(self.dataset), generator=generator)
        return self._orders[epoch]

    def indices(self, number: int) -> Tensor:
        """The rows of this process's part of batch `number`, counted over the whole run."""
        size, total = self.batch // self.world, len(self.dataset)
        start = number * self.batch + self.rank * size
        parts = []
        while size > 0:
            epoch, offset = divmod(start, total)
            part = self._order(epoch)[offset : offset + size]
            parts.append(part)
            start, size = start + len(part), size - len(part)
        return torch.cat(parts)

    def __call__(self, number: int) -> dict[str, Tensor]:
        """Batch `number`; the fields of one batch come from the same rows."""
        if self._last is None or self._last[0] != number:
            self._last = number, self.dataset.batch(self.indices(number))
        return self._last[1]
