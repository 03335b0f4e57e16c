"""The contract of weight norms."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry.interfaces import WeightNorm
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.trials import N

SIZES: Mapping[type[nn.Module], tuple[tuple[int, ...], tuple[int, ...]]] = {
    nn.Linear: ((6, 5), (N, 6)),
    nn.Conv1d: ((3, 4, 3, 2, 1), (N, 3, 8)),
    nn.Conv2d: ((3, 4, 3, 1, 1), (N, 3, 6, 5)),
    nn.Conv3d: ((2, 3, 3, 1, 1), (N, 2, 4, 3, 5)),
    nn.ConvTranspose1d: ((3, 4, 4, 2, 1), (N, 3, 5)),
    nn.ConvTranspose2d: ((3, 4, 4, 2, 1), (N, 3, 4, 5)),
    nn.ConvTranspose3d: ((2, 3, 4, 2, 1), (N, 2, 3, 3, 2)),
    nn.Embedding: ((5, 6), (N,)),
}
"""Layers by their sizes, and the shapes of what they take."""


def check_weight_norm(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """On each layer that it names: trainable twice over, copied and saved whole; the others stay as they were."""
    norm = build()
    wanted = [kind for kind in SIZES if issubclass(kind, norm.layers)]
    demand(wanted, "`layers` names none of torch's linear layers, convolutions and embeddings")
    for kind, (sizes, shape) in SIZES.items():
        network = nn.Sequential(kind(*sizes))
        x = torch.arange(N) % sizes[0] if kind is nn.Embedding else torch.randn(shape)
        plain = network(x)
        before = {key: value.clone() for key, value in network.state_dict().items()}
        demand(norm.apply(network) is network, "`apply` returns the network itself")
        if kind not in wanted:
            kept = network.state_dict()
            same = kept.keys() == before.keys() and all(torch.equal(kept[key], before[key]) for key in kept)
            demand(same, f"it changes {kind.__name__}, which is not among its `layers`")
            continue
        demand(parametrize.is_parametrized(network[0], "weight"), f"it leaves the weight of {kind.__name__} as it was")
        demand(network(x).shape == plain.shape, f"it changes the shape of what {kind.__name__} makes")
        _check_gradients(network, x)
        _check_copies(norm, network, kind(*sizes), x)
    with torch.device("meta"):
        empty = norm.apply(nn.Linear(6, 5))
        demand(empty(torch.empty(N, 6)).shape == (N, 5), "on the meta device shapes must be enough")


def _check_gradients(network: nn.Module, x: Tensor) -> None:
    """Every weight learns, from gradients of gradients too, also where two forwards come before one backward."""
    trained = list(network.parameters())
    first, second = network(x), network(x)
    total = first.square().sum() + second.square().sum()
    found = torch.autograd.grad(total, trained, create_graph=True)
    finite("gradients", *found)
    squares = torch.stack([gradient.square().sum() for gradient in found])
    finite("gradients of gradients", *torch.autograd.grad(squares.sum(), trained))
    demand(all(g.any() for g in found), "every parameter must get a gradient")


def _check_copies(norm: WeightNorm, network: nn.Module, fresh: nn.Module, x: Tensor) -> None:
    """A copy, and another network that loads the state, do the same; in evaluation nothing moves."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        network.train()(x)
        y, state = network.eval()(x), {key: value.clone() for key, value in network.state_dict().items()}
        demand(torch.equal(network(x), y), "in evaluation it must give the same every time")
        other = norm.apply(nn.Sequential(fresh)).eval()
        other.load_state_dict(state)
        demand(torch.equal(other(x), y), "what it computes with must be saved: register buffers")
        copy = deepcopy(network)
        demand(torch.equal(copy(x), y), "a copy must do the same")
        for parameter in copy.parameters():
            parameter.add_(1)
        copy.train()(x)
        moved = [key for key, value in network.state_dict().items() if not torch.equal(value, state[key])]
        demand(not moved, f"a copy must have tensors of its own, but shares {', '.join(moved)}")
        norm.apply(network)
        demand(network.state_dict().keys() == state.keys(), "a weight that has its form keeps it")
