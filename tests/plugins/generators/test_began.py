"""BEGAN's generator: counts by hand, sizes, ends. Mutation caught: a doubling after the last pair of convolutions."""

import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.blocks.began import EluDecoder
from rivalry_zoo.generators.began import BeganGenerator


def test_it_has_the_parameters_of_the_papers_figure():
    # 64x64 with width n and codes of h: linear to 4x4 maps, five pairs of convolutions, one to three channels.
    n, h = 8, 10
    network = BeganGenerator(h, (3, 64, 64), width=n)
    by_hand = (h + 1) * 16 * n + 10 * n * (9 * n + 1) + 3 * (9 * n + 1)
    assert sum(parameter.numel() for parameter in network.parameters()) == by_hand


@pytest.mark.parametrize(("size", "base"), [((28, 28), (7, 7)), ((32, 16), (8, 4)), ((10, 14), (5, 7))])
def test_the_base_doubles_to_the_image(size, base):
    network = BeganGenerator([5, Field((), classes=3)], (2, *size), width=4)
    assert network.decoder.base == base
    assert network(torch.randn(3, 5), torch.tensor([0, 1, 2])).shape == (3, 2, *size)


def test_the_decoder_is_the_textbook_order_of_its_layers(device):
    decoder, z = EluDecoder(3, 1, 2, 1, (2, 3)).to(device), torch.randn(4, 3, device=device)

    def conv(inside, outside):
        return nn.Conv2d(inside, outside, 3, padding=1)

    plain = nn.Sequential(
        nn.Linear(3, 12), nn.Unflatten(1, (2, 2, 3)), conv(2, 2), nn.ELU(), conv(2, 2), nn.ELU(),
        nn.UpsamplingNearest2d(scale_factor=2), conv(2, 2), nn.ELU(), conv(2, 2), nn.ELU(), conv(2, 1),
    ).to(device)  # fmt: skip
    with torch.no_grad():
        for ours, theirs in zip(plain.parameters(), decoder.parameters(), strict=True):
            ours.copy_(theirs)
    torch.testing.assert_close(decoder(z), plain(z))


def test_the_end_is_linear_unless_asked():
    torch.manual_seed(0)
    network, z = BeganGenerator(4, Field((1, 8, 8), low=-1, high=1), width=4), 1e4 * torch.randn(8, 4)
    assert network(z).abs().max() > 1
    bounded = BeganGenerator(4, Field((1, 8, 8), low=-1, high=1), width=4, activation="auto")
    assert bounded(z).abs().max() <= 1


def test_labels_matter_and_every_weight_receives_a_gradient():
    torch.manual_seed(0)
    network, z = BeganGenerator([4, Field((), classes=3)], (1, 8, 8), width=4), torch.randn(3, 4)
    sample = network(z, torch.tensor([0, 1, 2]))
    assert not torch.allclose(network(z, torch.tensor([1, 1, 1]))[0], sample[0])
    gradients = torch.autograd.grad((sample * torch.randn(3, 1, 8, 8)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_other_sizes_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"generator began .* got 30x30; the nearest sizes are 28x28 or 32x32"):
        BeganGenerator(4, (1, 30, 30))
