"""Steps that may turn out not to have happened."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


@contextmanager
def undone_where(skip: Tensor | None, *groups: Iterable[Tensor]) -> Iterator[None]:
    """Whatever the body writes in place to the groups' tensors is taken back where the device flag `skip` is 1.

    The flag is never read on the host, so nothing waits for the device. Costs a copy of every tensor: meant for
    implementations that have no flag of their own.
    """
    if skip is None:
        yield
        return
    tensors = [tensor for group in groups for tensor in group]
    before = [tensor.clone() for tensor in tensors]
    yield
    for tensor, old in zip(tensors, before, strict=True):
        tensor.copy_(torch.where(skip > 0, old, tensor))


FUSED_DEVICES = frozenset({"cpu", "cuda", "mps", "xpu"})
"""Device types for which torch documents fused optimisers."""
