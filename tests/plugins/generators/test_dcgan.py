"""The DCGAN generator against the usual hand-written stack. Mutation caught: biases in the convolutions."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.generators.dcgan import DcganGenerator
from rivalry_zoo.norms.conditional_batch import ConditionalBatchNorm
from rivalry_zoo.norms.self_modulated import SelfModulatedNorm


def plain(size: int, channels: int, latent: int, width: int) -> nn.Sequential:
    widths = [width * 2**power for power in reversed(range({32: 3, 64: 4}[size]))]
    layers: list[nn.Module] = [nn.ConvTranspose2d(latent, widths[0], 4, 1, 0, bias=False)]
    for before, after in pairwise(widths):
        layers += [nn.BatchNorm2d(before), nn.ReLU(), nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)]
    layers += [nn.BatchNorm2d(width), nn.ReLU(), nn.ConvTranspose2d(width, channels, 4, 2, 1, bias=False), nn.Tanh()]
    net = nn.Sequential(*layers)
    for module in net:
        if isinstance(module, nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    return net


@pytest.mark.parametrize(("size", "channels"), [(32, 1), (64, 3)])
def test_equal_seeds_give_the_plain_network_bit_for_bit(size, channels, device):
    torch.manual_seed(5)
    expected = plain(size, channels, 10, 8).to(device)
    torch.manual_seed(5)
    network = DcganGenerator(10, (channels, size, size), width=8).to(device)
    z = torch.randn(4, 10, device=device)
    sample, truth = network(z), expected(z[:, :, None, None])
    assert torch.equal(sample, truth)
    sample.square().sum().backward()
    truth.square().sum().backward()
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert torch.equal(ours.grad, theirs.grad)


def test_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = DcganGenerator(100, (3, 64, 64))
    assert sum(parameter.numel() for parameter in network.parameters()) == 3_576_704


def test_a_label_is_a_further_component_of_the_code():
    network = DcganGenerator([10, Field((), classes=4)], (1, 8, 8), width=4).eval()
    wide = DcganGenerator(14, (1, 8, 8), width=4).eval()
    wide.load_state_dict(network.state_dict())
    z, y = torch.randn(3, 10), torch.tensor([3, 0, 1])
    assert torch.equal(network(z, y), wide(torch.cat([z, torch.eye(4)[y]], 1)))


def test_28_pixels_grow_from_7():
    assert DcganGenerator(10, (1, 28, 28)).net[0].kernel_size == (7, 7)
    assert DcganGenerator(10, (1, 64, 32)).net[0].kernel_size == (8, 4)


def test_norms_that_take_a_condition_are_told_the_label_which_does_not_enter():
    network = DcganGenerator([10, Field((), classes=4)], (1, 8, 8), width=4, norm=ConditionalBatchNorm).eval()
    assert network.net[0].in_channels == 10
    z, y = torch.randn(2, 10), torch.tensor([3, 0])
    tables = [module for module in network.modules() if isinstance(module, ConditionalBatchNorm)]
    assert [table.weight.shape for table in tables] == [(4, 4)]
    for table in tables:
        torch.nn.init.normal_(table.bias)
    expected = network.net[0](z[:, :, None, None])
    for table in tables:
        expected = (expected / (1 + 1e-5) ** 0.5 * table.weight[y][:, :, None, None]) + table.bias[y][:, :, None, None]
    expected = network.net[-2](torch.relu(expected)).tanh()
    torch.testing.assert_close(network(z, y), expected)


def test_without_another_input_norms_are_told_the_latent():
    network = DcganGenerator(10, (1, 16, 16), width=4, norm=SelfModulatedNorm)
    assert network.net[0].in_channels == 10
    widths = [module.hidden.in_features for module in network.modules() if isinstance(module, SelfModulatedNorm)]
    assert widths == [10, 10]
    z = torch.randn(3, 10)
    assert network(z).shape == (3, 1, 16, 16)


def test_a_code_that_is_not_declared_is_an_error():
    with pytest.raises(ValueError, match="zip"):
        DcganGenerator(10, (1, 8, 8), width=4)(torch.randn(2, 10), torch.randn(2, 3))
