"""The generator of sounds.

Mutations tried (a test failed for each): twice the channels; padding of 12; no tanh; the label ignored.
"""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry_zoo.generators.wave import WaveGenerator

LABEL = Field((), classes=4)


def test_the_papers_network_has_its_number_of_parameters():
    """Table 2 of the paper, d = 64 and c = 1: a dense layer and five transposed convolutions of size 25."""
    dense = 100 * 256 * 64 + 256 * 64
    widths = [1024, 512, 256, 128, 64, 1]
    convolutions = sum(25 * a * b + b for a, b in pairwise(widths))
    with torch.device("meta"):
        network = WaveGenerator(100, (1, 16_384), width=64)
    assert sum(parameter.numel() for parameter in network.parameters()) == dense + convolutions


@pytest.mark.parametrize(("channels", "length"), [(1, 1024), (2, 64), (3, 252), (1, 4096)])
def test_sounds_have_the_declared_shape_without_values(channels, length):
    with FakeTensorMode():
        network = WaveGenerator([6, LABEL], (channels, length), width=2)
        assert network(torch.randn(2, 6), torch.randint(4, (2,))).shape == (2, channels, length)


def test_other_lengths_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"wants a length of .* got 1000; the nearest are 992 or 1008"):
        WaveGenerator(4, (1, 1000))


def test_tanh_follows_the_declared_range():
    def last(field, **choice):
        return WaveGenerator(4, field, width=2, **choice).net[-1]

    assert isinstance(last(Field((1, 64), low=-1, high=1)), nn.Tanh)
    assert isinstance(last(Field((1, 64))), nn.Tanh)
    assert not isinstance(last(Field((1, 64), low=0, high=1)), nn.Tanh)
    assert not isinstance(last(Field((1, 64)), activation="none"), nn.Tanh)


def test_every_weight_receives_a_gradient_and_labels_matter(device):
    torch.manual_seed(0)
    network = WaveGenerator([6, LABEL], (2, 64), width=8).to(device)
    z, y = torch.randn(6, 6, device=device), torch.arange(6, device=device) % 4
    sounds = network(z, y)
    gradients = torch.autograd.grad((sounds * torch.randn_like(sounds)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    assert (network(z, (y + 1) % 4) - sounds).abs().flatten(1).max(1).values.min() > 1e-5
    torch.testing.assert_close(network(z[2:4], y[2:4]), sounds[2:4])
