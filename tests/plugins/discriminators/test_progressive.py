"""The growing critic: its published size, and exact ends of every fade.

Mutations tried: the fade after the next block; the share turned round. The exact ends fail.
"""

import numpy as np
import pytest
import torch

from rivalry.fields import Field
from rivalry.interfaces import input_gradient
from rivalry_zoo.discriminators.progressive import ProgressiveDiscriminator

SIZES = [(4, 8), (8, 16), (16, 32)]


def network(**more):
    torch.manual_seed(0)
    return ProgressiveDiscriminator([(2, 16, 32)], width=4, **more)


def image(level, n=4):
    return torch.randn(n, 2, *SIZES[level], generator=torch.Generator().manual_seed(level))


def pooled(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))


def test_at_1024_pixels_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        published = ProgressiveDiscriminator([(3, 1024, 1024)], width=16)
    assert sum(parameter.numel() for parameter in published.parameters()) == 23_087_249


@pytest.mark.parametrize("level", [1, 2])
def test_a_level_of_share_0_is_the_smaller_network_on_the_halved_image_and_of_share_1_the_larger_alone(level, device):
    grown, x = network().to(device), image(level).to(device)
    half = torch.nn.functional.avg_pool2d(x, 2)
    np.testing.assert_allclose(half.cpu().numpy(), pooled(x.cpu().numpy()), atol=1e-6)
    assert torch.equal(grown.scores(x, (), level, 0.0), grown(half, float(level - 1)))
    large = grown(x, float(level))
    assert torch.equal(grown.scores(x, (), level, 1.0), large)
    torch.nn.init.zeros_(grown.from_image[level - 1].weight)
    assert torch.equal(grown(x, float(level)), large)
    assert torch.equal(grown(x, np.nextafter(level - 1.0, level)), grown(half, float(level - 1)))


def test_scores_move_from_the_smaller_networks_to_the_larger_ones():
    grown, x = network(minibatch_stddev=False).double(), image(2).double()
    ends = grown(pooled(x), 1.0), grown(x, 2.0)
    assert torch.allclose(grown(x, 1 + 1e-9), ends[0], atol=1e-6)
    assert torch.allclose(grown(x, 2 - 1e-9), ends[1], atol=1e-6)
    assert not torch.allclose(grown(x, 1.5), ends[0])


@pytest.mark.parametrize("growth", [0.0, 0.5, 2.0])
def test_samples_do_not_meet_without_minibatch_deviations(growth):
    grown, x = network(minibatch_stddev=False), image(int(np.ceil(growth)))
    torch.testing.assert_close(grown(x.flip(0), growth), grown(x, growth).flip(0))
    torch.testing.assert_close(grown(x[:1], growth), grown(x, growth)[:1])


def test_minibatch_deviations_let_samples_meet():
    grown, x = network(), image(2)
    assert not torch.allclose(grown(x[:1]), grown(x)[:1])


def test_conditions_are_projected_and_come_before_the_growth():
    told = ProgressiveDiscriminator([(1, 16, 16), Field((), classes=5)], width=4)
    x, label = torch.randn(4, 1, 16, 16), torch.tensor([0, 1, 2, 4])
    assert torch.equal(told(x, label), told(x, label, 2.0))
    assert told(torch.randn(4, 1, 4, 4), label, 0.0).shape == (4,)
    assert not torch.allclose(told(x, label), told(x, label.flip(0)))


@pytest.mark.parametrize("growth", [0.0, 1.5, 2.0])
def test_penalties_on_its_input_gradient_reach_the_present_levels(growth):
    grown, x = network(), image(int(np.ceil(growth))).requires_grad_()
    penalty = input_gradient(grown(x, growth), x).square().sum()
    names = [name for name, _ in grown.named_parameters()]
    gradients = torch.autograd.grad(penalty, list(grown.parameters()), allow_unused=True)
    touched = {name for name, gradient in zip(names, gradients) if gradient is not None and gradient.abs().max() > 0}
    assert f"from_image.{int(np.ceil(growth))}.weight" in touched
    assert not any(name.startswith("blocks.1") for name in touched) or growth > 1


def test_a_growth_beyond_the_levels_is_refused():
    with pytest.raises(ValueError, match="wanted a growth between 0 and 2 for 3 levels, got -1"):
        network()(image(0), -1.0)
