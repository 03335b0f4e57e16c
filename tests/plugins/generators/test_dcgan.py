"""The DCGAN generator against the usual hand-written stack. Mutation caught: biases in the convolutions."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.generators.dcgan import DcganGenerator


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
