"""The fully connected generator against plain torch. Mutation caught: one layer fewer."""

import numpy as np
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.generators.mlp import MlpGenerator
from rivalry_zoo.norms.batch import BatchNorm


def plain(inside: int, width: int, layers: int, outside: int) -> nn.Sequential:
    body: list[nn.Module] = []
    for size in [inside, *[width] * (layers - 1)]:
        body += [nn.Linear(size, width), nn.ReLU()]
    return nn.Sequential(*body, nn.Linear(width, outside))


def test_equal_seeds_give_the_plain_network_bit_for_bit(device):
    torch.manual_seed(3)
    expected = plain(2, 128, 3, 2).to(device)
    torch.manual_seed(3)
    network = MlpGenerator(2, 2).to(device)
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    z = torch.randn(16, 2, device=device)
    assert torch.equal(network(z), expected(z))
    network(z).square().sum().backward()
    expected(z).square().sum().backward()
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)


def test_a_label_picks_a_column_of_the_first_weights():
    network = MlpGenerator([2, Field((), classes=3)], (2, 2), layers=0)
    z, y = torch.randn(4, 2), torch.tensor([0, 2, 1, 2])
    weight, bias = network.net[0].weight.detach().numpy(), network.net[0].bias.detach().numpy()
    expected = z.numpy() @ weight[:, :2].T + weight[:, 2:].T[y] + bias
    np.testing.assert_allclose(network(z, y).detach().numpy(), expected.reshape(4, 2, 2), rtol=1e-5, atol=1e-6)


def test_a_norm_stands_between_each_linear_layer_and_its_rectifier():
    network = MlpGenerator(3, 2, width=5, layers=2, norm=BatchNorm)
    assert [type(layer) for layer in network.net] == [nn.Linear, BatchNorm, nn.ReLU] * 2 + [nn.Linear]
