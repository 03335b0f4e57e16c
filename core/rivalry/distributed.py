"""More than one process: the one seam through which gradients and scores are joined."""

import os
from collections.abc import Sequence

import torch
from attrs import frozen
from torch import Tensor, distributed
from torch.distributed.nn.functional import all_gather


@frozen
class World:
    """This process among all."""

    rank: int = 0
    size: int = 1

    @property
    def writes(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0


def world() -> World:
    """The processes that torchrun started, joined on first use; one alone otherwise."""
    if not distributed.is_available() or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return World()
    if not distributed.is_initialized():
        distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    return World(distributed.get_rank(), distributed.get_world_size())


def agree(wish: bool, size: int) -> bool:
    """Whether any process wishes so; all wait here for each other, on the host."""
    if size == 1:
        return wish
    flag = torch.tensor(int(wish), device="cpu")
    distributed.all_reduce(flag, distributed.ReduceOp.MAX)
    return bool(flag)


def reduce_gradients(gradients: Sequence[Tensor], size: int) -> list[Tensor]:
    """The mean over all processes, in one flat all-reduce."""
    if size == 1:
        return list(gradients)
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat)
    parts = torch.split(flat / size, [gradient.numel() for gradient in gradients])
    return [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)]


def gather(scores: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
    """The scores of all processes in order of rank, differentiably: objectives see the joint batch."""
    if isinstance(scores, Tensor):
        return torch.cat(all_gather(scores.contiguous()))  # type: ignore[no-untyped-call]
    return [torch.cat(all_gather(part.contiguous())) for part in scores]  # type: ignore[no-untyped-call]
