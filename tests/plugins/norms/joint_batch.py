"""One of two processes of `test_batch`: normalises its share of a joint batch and saves what came of it."""

import sys

import torch
import torch.distributed as dist

from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.virtual_batch import VirtualBatchNorm


def play(x: torch.Tensor, weights: torch.Tensor) -> dict[str, torch.Tensor]:
    """Values, running moments, gradients and second-order gradients of a share x with its share of loss weights."""
    norm = BatchNorm(x.shape[1]).double()
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(0.5, 2, x.shape[1]))
        norm.bias.copy_(torch.linspace(-1, 1, x.shape[1]))
    x = x.clone().requires_grad_()
    y = norm(x)
    loss = (weights * y.square() * y).sum()
    by_x, by_weight, by_bias = torch.autograd.grad(loss, [x, norm.weight, norm.bias], create_graph=True)
    twice_x, twice_weight = torch.autograd.grad(by_x.square().sum(), [x, norm.weight])
    plain, virtual = BatchNorm(x.shape[1], affine=False).double(), VirtualBatchNorm(x.shape[1]).double()
    found = {"y": y, "by_x": by_x, "twice_x": twice_x, "plain": plain(x), "virtual": virtual(x)}
    summed = {"by_weight": by_weight, "by_bias": by_bias, "twice_weight": twice_weight}
    moments = {"mean": norm.running_mean, "variance": norm.running_var, "reference": virtual.reference_variance}
    moments["size"] = virtual.reference_size
    return {name: value.detach() for name, value in {**found, **summed, **moments}.items()}


if __name__ == "__main__":
    rank, folder = int(sys.argv[1]), sys.argv[2]
    dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    share = torch.load(f"{folder}/share{rank}.pt")
    torch.save(play(*share), f"{folder}/found{rank}.pt")
    dist.destroy_process_group()
