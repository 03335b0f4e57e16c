"""Growing images against box averages in numpy, and exactly at the ends.

Mutation tried: the share turned round; three tests fail.
"""

import numpy as np
import pytest
import torch

from rivalry_zoo.blocks.growing import blend, doubled, halved, stage, widths
from rivalry_zoo.operations.fade import Fade

FADE = Fade()


def boxes(x, size):
    n, c, h, w = x.shape
    return x.reshape(n, c, size, h // size, size, w // size).mean((3, 5))


@pytest.mark.parametrize(("growth", "size"), [(0, 4), (1, 8), (2, 16), (3, 32)])
def test_whole_levels_are_box_averages(growth, size, device):
    x = torch.randn(3, 2, 32, 32, device=device).double()
    np.testing.assert_allclose(FADE(x, float(growth)).cpu().numpy(), boxes(x.cpu().numpy(), size), atol=1e-12)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_between_levels_the_smaller_image_shows_through(share):
    x = torch.randn(2, 1, 28, 28).double()
    small, large = boxes(x.numpy(), 7), boxes(x.numpy(), 14)
    expected = (1 - share) * small.repeat(2, 2).repeat(2, 3) + share * large
    np.testing.assert_allclose(FADE(x, share).numpy(), expected, atol=1e-12)


def test_at_its_ends_it_is_the_plain_images_bit_for_bit():
    x = torch.randn(4, 1, 16, 32)
    assert torch.equal(FADE(x, 2.0), x)
    tiny = np.nextafter(0.0, 1.0)  # the first number above 0: the second level fades in with the share 0
    assert torch.equal(FADE(x, tiny), doubled(FADE(x, 0.0)))


@pytest.mark.parametrize(
    ("growth", "expected"), [(0, (0, 1)), (2, (2, 1)), (2.25, (3, 0.25)), (0.5, (1, 0.5)), (3, (3, 1))]
)
def test_a_growth_names_a_level_and_its_share(growth, expected):
    assert stage(growth, 4) == expected


@pytest.mark.parametrize("growth", [-0.1, 3.01, 4, float("nan")])
def test_a_growth_beyond_the_levels_is_refused(growth):
    with pytest.raises(ValueError, match="wanted a growth between 0 and 3 for 4 levels"):
        FADE(torch.zeros(1, 1, 32, 32), growth)


def test_sizes_that_do_not_halve_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="got 30x30; the nearest sizes are 28x28 or 32x32"):
        FADE(torch.zeros(1, 1, 30, 30), 0.0)


def test_halving_undoes_doubling_and_a_blend_is_exact_at_its_ends():
    x, y = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 5, 4)
    assert torch.equal(halved(doubled(x)), x)
    assert torch.equal(blend(x, y, 0.0), x)
    assert torch.equal(blend(x, y, 1.0), y)


def test_channels_double_towards_the_base_up_to_the_most():
    assert widths(4, 16, 512) == [128, 64, 32, 16]
    assert widths(4, 16, 50) == [50, 50, 32, 16]
