"""More than one process: the one seam through which gradients and scores are joined."""

import atexit
import os
from collections.abc import Sequence
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, distributed


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
        atexit.register(distributed.destroy_process_group)
    return World(distributed.get_rank(), distributed.get_world_size())


def many_processes() -> bool:
    """Whether this process works with others on one joint batch."""
    return distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1


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


class SumOverRanks(torch.autograd.Function):
    """y = sum over ranks of x. Each rank's x enters every rank's y, so the gradient is summed over ranks too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """The sum, equal on all ranks."""
        total = x.contiguous().clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """The same sum, itself differentiable."""
        return SumOverRanks.apply(gradient)  # type: ignore[no-any-return,no-untyped-call]


def gather_rows(rows: Tensor) -> Tensor:
    """Every rank's rows [n, ...] as [ranks, n, ...], equal on all ranks, differentiable as often as one likes."""
    ranks = torch.arange(distributed.get_world_size(), device=rows.device)
    mine = (ranks == distributed.get_rank()).reshape(-1, *[1] * rows.ndim)
    return SumOverRanks.apply(torch.where(mine, rows, torch.zeros_like(rows)))  # type: ignore[no-any-return,no-untyped-call]


def gather(scores: Tensor | Sequence[Tensor]) -> Tensor | list[Tensor]:
    """The scores of all processes in order of rank, differentiably: objectives see the joint batch."""
    if isinstance(scores, Tensor):
        return gather_rows(scores).flatten(0, 1)
    return [gather_rows(part).flatten(0, 1) for part in scores]
