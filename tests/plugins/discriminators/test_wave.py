"""The critic of sounds. Mutations tried (a test failed for each): conditions ignored; stride 2; widths not doubled."""

from itertools import pairwise

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry.interfaces import input_gradient
from rivalry_zoo.discriminators.wave import WaveDiscriminator

LABEL = Field((), classes=4)


def test_the_papers_network_has_its_number_of_parameters():
    """Table 3 of the paper, d = 64 and c = 1: five convolutions of size 25 and a dense layer from 256 d."""
    widths = [1, 64, 128, 256, 512, 1024]
    convolutions = sum(25 * a * b + b for a, b in pairwise(widths))
    with torch.device("meta"):
        network = WaveDiscriminator((1, 16_384), width=64)
    assert sum(parameter.numel() for parameter in network.parameters()) == convolutions + 256 * 64 + 1


@pytest.mark.parametrize(("channels", "length"), [(1, 1024), (2, 64), (3, 252)])
def test_one_score_per_sound_and_a_penalty_without_values(channels, length):
    with FakeTensorMode():
        network = WaveDiscriminator([(channels, length), LABEL], width=2)
        x = torch.randn(3, channels, length, requires_grad=True)
        scores = network(x, torch.randint(4, (3,)))
        torch.autograd.grad(input_gradient(scores, x).square().sum(), list(network.parameters()), allow_unused=True)
    assert scores.shape == (3,)


def test_sounds_do_not_meet_and_labels_matter(device):
    torch.manual_seed(0)
    network = WaveDiscriminator([(1, 64), LABEL], width=8).to(device).double()
    x, y = torch.randn(4, 1, 64, device=device).double(), torch.arange(4, device=device)
    scores = network(x, y)
    torch.testing.assert_close(network(x[1:3], y[1:3]), scores[1:3])
    assert (network(x, (y + 1) % 4) - scores).abs().min() > 1e-9


def test_every_weight_receives_a_gradient():
    torch.manual_seed(0)
    network = WaveDiscriminator([(2, 256), LABEL], width=8)
    scores = network(torch.randn(6, 2, 256), torch.arange(6) % 4)
    gradients = torch.autograd.grad((scores * torch.randn(6)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_other_lengths_and_images_are_refused():
    with pytest.raises(ValueError, match="got 63; the nearest are 64"):
        WaveDiscriminator((1, 63))
    with pytest.raises(ValueError, match="wants a sequence"):
        WaveDiscriminator((1, 32, 32))
