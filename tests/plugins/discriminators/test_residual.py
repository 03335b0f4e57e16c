"""The residual critic: its published size, and its blocks in numpy's words.

Mutation tried: the root of two left out of the sum; the block's test fails.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rivalry.fields import Field
from rivalry.interfaces import input_gradient
from rivalry_zoo.discriminators.residual import ResidualBlock, ResidualDiscriminator


def network(**more):
    torch.manual_seed(0)
    return ResidualDiscriminator([(2, 16, 32)], width=4, **more)


def test_at_1024_pixels_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        published = ResidualDiscriminator([(3, 1024, 1024)], width=32)
    assert sum(parameter.numel() for parameter in published.parameters()) == 29_012_513


def test_a_block_is_half_the_variance_of_each_branch():
    torch.manual_seed(0)
    block, x = ResidualBlock(3, 5), torch.randn(2, 3, 8, 6)
    torch.nn.init.normal_(block.bias)
    inner = F.leaky_relu(F.conv2d(x, block.first.weight * np.sqrt(2 / 27), padding=1), 0.2)
    inner = block.halve(F.conv2d(inner, block.second.weight * np.sqrt(2 / 27), padding=1))
    branch = F.leaky_relu(inner + block.bias[:, None, None], 0.2).detach().numpy()
    skip = np.einsum("oi,nihw->nohw", block.skip.weight.detach().numpy()[..., 0, 0], block.halve(x)) / np.sqrt(3)
    np.testing.assert_allclose(block(x).detach().numpy(), (branch + skip) / np.sqrt(2), rtol=1e-4, atol=1e-5)


def test_blocks_keep_the_size_of_their_signal_roughly():
    torch.manual_seed(0)
    x = torch.randn(8, 64, 16, 16)
    assert 0.1 < ResidualBlock(64, 64)(x).square().mean().item() < 1.5


@pytest.mark.parametrize("size", [(28, 28), (32, 32), (16, 8), (40, 24)])
def test_one_score_per_sample(size, device):
    x = torch.randn(4, 3, *size, device=device)
    assert ResidualDiscriminator([(3, *size)], width=2).to(device)(x).shape == (4,)


def test_samples_meet_only_in_minibatch_deviations():
    x = torch.randn(4, 2, 16, 32)
    alone, together = network(minibatch_stddev=False), network()
    torch.testing.assert_close(alone(x[:1]), alone(x)[:1])
    assert not torch.allclose(together(x[:1]), together(x)[:1])


def test_labels_are_projected():
    told = ResidualDiscriminator([(1, 8, 8), Field((), classes=5)], width=4)
    x, label = torch.randn(4, 1, 8, 8), torch.tensor([0, 1, 2, 4])
    assert not torch.allclose(told(x, label), told(x, label.flip(0)))


def test_penalties_on_its_input_gradient_reach_every_weight_of_the_body():
    critic, x = network(), torch.randn(4, 2, 16, 32, requires_grad=True)
    penalty = input_gradient(critic(x), x).square().sum()
    weights = [parameter for name, parameter in critic.named_parameters() if name.endswith("weight")]
    assert all(gradient.abs().max() > 0 for gradient in torch.autograd.grad(penalty, weights))
