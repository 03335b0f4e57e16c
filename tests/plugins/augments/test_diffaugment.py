"""DiffAugment against index arithmetic, moments and derivatives.

Mutation tried: the shift of columns used for rows; the test of shifts fails.
"""

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.augments.diffaugment import DiffAugment

OFF = {"colour": False, "translation": False, "cutout": False}


def draw(seed=0, device="cpu"):
    return Streams(seed, torch.device(device))("A")


def test_nothing_chosen_is_the_identity(device):
    x = torch.randn(3, 2, 8, 8, device=device)
    assert torch.equal(DiffAugment(**OFF)(x, draw=draw(0, device)), x)


def test_shifts_are_by_whole_pixels_uniform_and_let_zeros_in():
    n, x = 4500, torch.randn(1, 2, 8, 16)
    found = DiffAugment(**{**OFF, "translation": True})(x.expand(n, -1, -1, -1), draw=draw(1)).numpy()
    padded = np.pad(x.numpy()[0], ((0, 0), (1, 1), (2, 2)))
    shares = {}
    for down in range(3):
        for right in range(5):
            moved = padded[:, down : down + 8, right : right + 16]
            shares[down, right] = (found == moved).all((1, 2, 3)).mean()
    assert sum(shares.values()) == 1
    assert min(shares.values()) > 0.6 / 15
    assert max(shares.values()) < 1.4 / 15


def test_cutout_is_one_rectangle_of_half_the_sides_cut_at_the_borders():
    x = torch.ones(800, 2, 8, 12)
    found = DiffAugment(**{**OFF, "cutout": True})(x, draw=draw(2))
    assert torch.equal(found[:, 0], found[:, 1])
    holes = found[:, 0] == 0
    height, width = holes.any(2).sum(1), holes.any(1).sum(1)
    assert torch.equal(holes.sum((1, 2)), height * width)
    assert (height.max().item(), width.max().item()) == (4, 6)
    assert (height.min().item(), width.min().item()) == (2, 3)


def test_colour_keeps_the_order_and_has_the_stated_ranges():
    n = 20_000
    colour = DiffAugment(**{**OFF, "colour": True})
    grey = torch.tensor([-1.0, 1.0]).reshape(1, 1, 1, 2).expand(n, -1, -1, -1)
    dark, light = colour(grey, draw=draw(3))[:, 0, 0].double().unbind(1)
    brightness, contrast = ((light + dark) / 2).numpy(), ((light - dark) / 2).numpy()
    assert (brightness.min(), brightness.mean(), brightness.max()) == pytest.approx((-0.5, 0, 0.5), abs=0.02)
    assert (contrast.min(), contrast.mean(), contrast.max()) == pytest.approx((0.5, 1, 1.5), abs=0.02)


def test_saturation_scales_what_differs_from_grey_by_up_to_two():
    n = 20_000
    pixel = torch.tensor([-1.0, 0.0, 1.0]).reshape(1, 3, 1, 1).expand(n, -1, -1, -1)
    found = DiffAugment(**{**OFF, "colour": True})(pixel, draw=draw(4)).flatten(1).double()
    scale = ((found[:, 2] - found[:, 0]) / 2).numpy()  # saturation times contrast
    assert scale.mean() == pytest.approx(1, abs=0.03)
    assert (scale**2).mean() == pytest.approx((4 / 3) * (13 / 12), rel=0.05)


@pytest.mark.parametrize("group", list(OFF))
def test_it_is_twice_differentiable(group):
    x = torch.randn(3, 2, 5, 6, dtype=torch.float64, requires_grad=True)

    def augmented(images):
        return DiffAugment(**{**OFF, group: True})(images, draw=draw(5))

    assert gradcheck(augmented, (x,))
    assert gradgradcheck(lambda images: augmented(images).sin(), (x,))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_the_samples_dtype_is_kept(dtype, device):
    assert DiffAugment()(torch.randn(4, 1, 8, 8, device=device).to(dtype), draw=draw(0, device)).dtype == dtype


def test_it_says_that_it_draws():
    assert issubclass(DiffAugment, Draws)
