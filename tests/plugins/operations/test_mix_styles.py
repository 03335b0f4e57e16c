"""Style mixing: where samples cross over, counted.

Mutation tried: the crossing drawn from 0 on; the tests of the first layer and of the counts fail.
"""

import pytest
import scipy.stats
import torch

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.operations.mix_styles import MixStyles


def mixed(n, probability, layers, seed=0, device="cpu"):
    """How many layers of each sample take the second code."""
    device = torch.device(device)
    ones = torch.ones(n, 2, device=device)
    draw = Streams(seed, device)("w")
    return MixStyles()(-ones, ones, probability, layers=layers, draw=draw)


def test_the_first_layer_takes_the_first_code_and_there_is_one_crossing(device):
    styles = mixed(500, 0.9, 6, device=device).cpu()
    assert styles.shape == (500, 6, 2)
    assert (styles[:, 0] == -1).all()
    assert (styles.diff(dim=1) >= 0).all()
    assert (styles[..., 0] == styles[..., 1]).all()


def test_crossings_are_uniform_and_as_frequent_as_told():
    n, layers, probability = 20_000, 5, 0.8
    counts = torch.bincount((mixed(n, probability, layers)[..., 0] > 0).sum(1), minlength=layers).double()
    expected = n * torch.tensor([1 - probability, *[probability / (layers - 1)] * (layers - 1)]).double()
    assert scipy.stats.chisquare(counts.numpy(), (expected / expected.sum() * counts.sum()).numpy()).pvalue > 1e-3


@pytest.mark.parametrize("layers", [2, 8])
def test_probability_0_leaves_the_first_code_alone(layers):
    assert (mixed(50, 0.0, layers) == -1).all()
    assert (mixed(50, torch.tensor(0.0), layers) == -1).all()
    assert (mixed(50, 1.0, layers)[:, -1] == 1).all()


def test_gradients_reach_both_codes_where_they_are_used():
    first, second = torch.zeros(8, 3, requires_grad=True), torch.zeros(8, 3, requires_grad=True)
    MixStyles()(first, second, 0.5, layers=4, draw=Streams(1, torch.device("cpu"))("w")).sum().backward()
    assert torch.equal(first.grad + second.grad, torch.full((8, 3), 4.0))
    assert first.grad.min() >= 1


def test_one_layer_leaves_nothing_to_cross():
    with pytest.raises(ValueError, match="at least two layers to cross over between, got 1"):
        mixed(2, 0.5, 1)


def test_it_says_that_it_draws():
    assert issubclass(MixStyles, Draws)
