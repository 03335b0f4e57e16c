"""The fully connected discriminator against plain torch. Mutation caught: one layer fewer."""

import numpy as np
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.discriminators.mlp import MlpDiscriminator


def test_equal_seeds_give_the_plain_network_bit_for_bit(device):
    def plain():
        hidden = [nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()]
        return nn.Sequential(*hidden, nn.Linear(128, 1), nn.Flatten(0))

    torch.manual_seed(3)
    expected = plain().to(device)
    torch.manual_seed(3)
    network, x = MlpDiscriminator(2).to(device), torch.randn(16, 2, device=device)
    assert torch.equal(network(x), expected(x))
    network(x).square().sum().backward()
    expected(x).square().sum().backward()
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert torch.equal(ours.grad, theirs.grad)


def test_a_label_picks_a_weight_of_a_linear_critic():
    network = MlpDiscriminator([(2, 3), Field((), classes=4)], layers=0)
    x, y = torch.randn(5, 2, 3), torch.tensor([3, 1, 0, 3, 2])
    weight, bias = network.net[0].weight.detach().numpy()[0], network.net[0].bias.detach().numpy()
    expected = x.numpy().reshape(5, 6) @ weight[:6] + weight[6:][y] + bias
    np.testing.assert_allclose(network(x, y).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
