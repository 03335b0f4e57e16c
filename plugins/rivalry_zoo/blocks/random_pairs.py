"""Samples in pairs at random, for metrics of how much they differ among themselves."""

import torch
from torch import Tensor


def random_pairs(count: int, seed: int) -> Tensor:
    """Places [2, count // 2] of partners among `count`; see `random_pairs_within`."""
    return random_pairs_within(torch.zeros(count), seed)


def random_pairs_within(labels: Tensor, seed: int) -> Tensor:
    """Places [2, P] of partners of one label [N]; on the host, equal for equal seeds.

    None stands in two pairs, so that the pairs are independent; an odd one of a class stays out.
    """
    host = labels.cpu()
    order = torch.randperm(len(host), generator=torch.Generator().manual_seed(seed))
    classes = (order[host[order] == label] for label in host.unique())
    return torch.cat([order.new_empty(2, 0), *(own[: len(own) // 2 * 2].reshape(2, -1) for own in classes)], 1)
