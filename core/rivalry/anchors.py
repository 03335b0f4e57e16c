"""Two makers of samples that every generator stands between: other real data, and noise."""

from collections.abc import Callable

import torch
from attrs import frozen
from torch import Tensor

from rivalry.extraction import CHUNK, Chunks, chunks_of, labels_field, order_of
from rivalry.interfaces import Dataset
from rivalry.streams import seed_of


def other_real(dataset: Dataset, seed: int, n: int) -> Chunks:
    """n samples of the data with their labels, from the far end of the order that `real_chunks` follows.

    They share no row with its first m samples while n + m rows are there.
    """
    return chunks_of(dataset, order_of(dataset, len(dataset), seed).flip(0)[:n])


def noise(dataset: Dataset, seed: int, n: int) -> Chunks:
    """n samples of which every position, a pixel, a coordinate or a symbol, is taken from a real sample of its own.

    Each position alone is distributed as in the data, and no two have to do with each other. Labels are of real rows.
    """
    main, label = next(iter(dataset.fields)), labels_field(dataset)
    for start in range(0, n, CHUNK):
        draw = torch.Generator().manual_seed(seed_of(seed, "noise", start))
        rows = dataset.batch(torch.randint(len(dataset), (CHUNK,), generator=draw))
        labels = rows[label][: n - start] if label else None
        yield apart(rows[main], draw)[: n - start], labels


def apart(samples: Tensor, draw: torch.Generator) -> Tensor:
    """Samples [N, D] or [N, C, ...], each position's values dealt anew among them; channels stay together."""
    spread = samples.flatten(2) if samples.ndim > 2 else samples[:, None]
    order = torch.rand(len(samples), 1, spread.shape[2], generator=draw).argsort(0).to(samples.device)
    return spread.gather(0, order.expand_as(spread)).reshape(samples.shape)


@frozen
class Anchor:
    """A maker of samples, and how many times the samples that a metric looks at the data must have for it."""

    draw: Callable[[Dataset, int, int], Chunks]
    times: int


ANCHORS = {"other real": Anchor(other_real, 2), "noise": Anchor(noise, 0)}
"""By what they are called: real data is as good as a generator can honestly be, and noise knows nothing."""
