"""One of two processes of `test_replay_pool`: passes its share of joint batches through a pool and saves what came."""

import sys

import torch
import torch.distributed as dist
from torch import Tensor

from rivalry.streams import Streams
from rivalry_zoo.layers.replay_pool import ReplayPool

BATCH, TURNS = 8, 12


def play(rank: int, world: int) -> dict[str, Tensor]:
    """What came out of a pool [turns, share of the batch, 2], and the pool in the end."""
    pool, streams, share = ReplayPool(2, size=20), Streams(3, torch.device("cpu"), rank, world), BATCH // world
    batches = torch.arange(TURNS * BATCH * 2.0).reshape(TURNS, BATCH, 2)[:, rank * share : (rank + 1) * share]
    out = [pool(batch, draw=streams("pool", turn)) for turn, batch in enumerate(batches)]
    return {"out": torch.stack(out), "pool": pool.pool}


if __name__ == "__main__":
    rank, folder = int(sys.argv[1]), sys.argv[2]
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    torch.save(play(rank, 2), f"{folder}/found{rank}.pt")
    dist.destroy_process_group()
