"""The DCGAN discriminator against the usual hand-written stack, and its projection against numpy.

Mutations caught: a norm after the first convolution; features averaged instead of summed.
"""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.none import NoNorm

LABEL = Field((), classes=5)


def plain(size: int, channels: int, width: int, batch_norm: bool) -> nn.Sequential:
    widths = [width * 2**power for power in range({32: 3, 64: 4}[size])]
    layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(after), nn.LeakyReLU(0.2)] if batch_norm else [nn.LeakyReLU(0.2)]
    net = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False), nn.Flatten(0))
    for module in net:
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    return net


@pytest.mark.parametrize(("size", "channels"), [(32, 1), (64, 3)])
@pytest.mark.parametrize("norm", [BatchNorm, NoNorm], ids=lambda norm: norm.name)
def test_equal_seeds_give_the_plain_network_bit_for_bit(size, channels, norm, device):
    torch.manual_seed(5)
    expected = plain(size, channels, 8, norm is BatchNorm).to(device)
    torch.manual_seed(5)
    network = DcganDiscriminator([(channels, size, size)], width=8, norm=norm).to(device)
    x = torch.randn(4, channels, size, size, device=device)
    scores, truth = network(x), expected(x)
    assert torch.equal(scores, truth)
    scores.square().sum().backward()
    truth.square().sum().backward()
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert torch.equal(ours.grad, theirs.grad)


def test_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = DcganDiscriminator([(3, 64, 64)])
    assert sum(parameter.numel() for parameter in network.parameters()) == 2_765_568


def test_labels_differ_by_the_projection_of_the_features():
    network = DcganDiscriminator([(1, 16, 24), LABEL], width=4, norm=NoNorm).double()
    nn.init.normal_(network.projection.embed.weight)
    x, a, b = torch.randn(3, 1, 16, 24).double(), torch.tensor([0, 4, 2]), torch.tensor([3, 3, 2])
    phi = network.body(x).detach().numpy().sum((2, 3))
    table = network.projection.embed.weight.detach().numpy().T
    expected = np.einsum("nc,nc->n", table[a] - table[b], phi)
    np.testing.assert_allclose((network(x, a) - network(x, b)).detach().numpy(), expected, rtol=1e-9, atol=1e-12)


def test_concat_equals_one_hot_maps_given_by_hand():
    network = DcganDiscriminator([(1, 16, 16), LABEL], width=4, condition="concat")
    wide = DcganDiscriminator([(6, 16, 16)], width=4)
    wide.load_state_dict(network.state_dict())
    x, y = torch.randn(3, 1, 16, 16), torch.tensor([0, 4, 2])
    maps = torch.eye(5)[y][:, :, None, None].expand(3, 5, 16, 16)
    assert torch.equal(network(x, y), wide(torch.cat([x, maps], 1)))


def test_a_map_cannot_be_projected_on():
    with pytest.raises(ValueError, match="projects on labels and vectors, got 3x16x16; flatten it in the flow"):
        DcganDiscriminator([(1, 16, 16), (3, 16, 16)])
    DcganDiscriminator([(1, 16, 16), (3, 16, 16)], condition="concat")


def test_a_critic_without_norms_is_homogeneous_until_it_has_biases():
    x, plain, biased = torch.randn(3, 1, 16, 16), *(critic(bias) for bias in (False, True))
    torch.testing.assert_close(plain(2 * x), 2 * plain(x))
    assert not torch.allclose(biased(2 * x), 2 * biased(x))
    extra = sum(p.numel() for p in biased.parameters()) - sum(p.numel() for p in plain.parameters())
    assert extra == 4 + 8  # one a channel of either convolution; the last has none


def critic(bias: bool) -> DcganDiscriminator:
    network = DcganDiscriminator(inputs=(1, 16, 16), width=4, norm=NoNorm, bias=bias)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.fill_(0.1)
    return network
