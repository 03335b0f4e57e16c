"""The growing generator: its published size, and exact ends of every fade.

Mutations tried: the old image taken from the new maps; pixel norm left out. Faded ends and the code's scale fail.
"""

import numpy as np
import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.generators.progressive import ProgressiveGenerator

TINY = np.nextafter(0.0, 1.0)


def network(**more):
    torch.manual_seed(0)
    return ProgressiveGenerator(6, (2, 16, 32), width=4, **more)


def test_at_1024_pixels_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        published = ProgressiveGenerator(512, (3, 1024, 1024), width=16)
    assert sum(parameter.numel() for parameter in published.parameters()) == 23_079_115


@pytest.mark.parametrize(("growth", "size"), [(0.0, (4, 8)), (0.5, (8, 16)), (1.0, (8, 16)), (2.0, (16, 32))])
def test_its_images_grow(growth, size, device):
    assert network().to(device)(torch.randn(3, 6, device=device), growth).shape == (3, 2, *size)


@pytest.mark.parametrize("level", [1, 2])
def test_a_level_of_share_0_is_the_smaller_network_doubled_and_of_share_1_the_larger_alone(level):
    grown, z = network(), torch.randn(3, 6)
    small, large = grown(z, float(level - 1)), grown(z, float(level))
    assert torch.equal(grown.image(z, level, 0.0), small.repeat_interleave(2, 2).repeat_interleave(2, 3))
    assert torch.equal(grown.image(z, level, 1.0), large)
    with torch.no_grad():
        for parameter in grown.to_image[level - 1].parameters():
            parameter.mul_(3)
    assert torch.equal(grown.image(z, level, 1.0), large)


def test_the_growth_says_the_share():
    grown, z = network().double(), torch.randn(3, 6).double()
    small, large = grown(z, 1.0).repeat_interleave(2, 2).repeat_interleave(2, 3), grown(z, 2.0)
    torch.testing.assert_close(grown(z, 1.25), 0.75 * small + 0.25 * large)
    assert torch.equal(grown(z, TINY), grown.image(z, 1, 0.0))


def test_without_a_growth_it_is_fully_grown_and_labels_come_before_it():
    grown, z = network(), torch.randn(3, 6)
    assert torch.equal(grown(z), grown(z, 2.0))
    told = ProgressiveGenerator([6, Field((), classes=5)], (2, 16, 16), width=4)
    label = torch.tensor([0, 3, 4])
    assert torch.equal(told(z, label), told(z, label, 2.0))
    assert told(z, label, 0.0).shape == (3, 2, 4, 4)


def test_only_the_codes_direction_counts():
    grown, z = network().double(), torch.randn(3, 6).double()
    torch.testing.assert_close(grown(5 * z), grown(z), rtol=1e-5, atol=1e-6)


def test_levels_above_the_present_one_get_no_gradient():
    grown = network()
    image = grown(torch.randn(4, 6), 0.5)
    gradients = torch.autograd.grad(image.square().sum(), list(grown.parameters()), allow_unused=True)
    touched = {name for (name, _), gradient in zip(grown.named_parameters(), gradients) if gradient is not None}
    assert any(name.startswith("blocks.0") for name in touched)
    assert any(name.startswith("to_image.0") for name in touched)
    assert not any(name.startswith(("blocks.1", "to_image.2")) for name in touched)


def test_its_images_start_at_about_unit_size():
    torch.manual_seed(0)
    image = ProgressiveGenerator(64, (3, 32, 32), width=32)(torch.randn(50, 64))
    assert 0.3 < image.square().mean().item() < 3


def test_faults_are_refused_in_words():
    with pytest.raises(ValueError, match=r"wanted a growth between 0 and 2 for 3 levels, got 2\.5"):
        network()(torch.randn(1, 6), 2.5)
    with pytest.raises(ValueError, match="the nearest sizes are 28x28 or 32x32"):
        ProgressiveGenerator(6, (1, 30, 30))
    with pytest.raises(ValueError, match="makes real values"):
        ProgressiveGenerator(6, Field((), classes=5))
