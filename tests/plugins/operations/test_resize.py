"""Bilinear resizing against Pillow's filter and box averages.

Mutation tried: antialias always off; the comparison with Pillow fails.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rivalry_zoo.operations.resize import Resize

sizes = st.integers(1, 12)


@pytest.mark.parametrize(
    ("before", "after"), [((12, 8), (6, 4)), ((9, 9), (4, 7)), ((10, 6), (3, 9)), ((5, 5), (8, 11))]
)
def test_pillow_agrees_both_ways(device, before, after):
    image = np.random.default_rng(0).normal(size=before).astype(np.float32)
    expected = np.asarray(Image.fromarray(image).resize(after[::-1], Image.Resampling.BILINEAR))
    ours = Resize()(torch.tensor(image, device=device)[None, None], after)
    np.testing.assert_allclose(ours[0, 0].cpu().numpy(), expected, atol=2e-6)


@given(value=st.floats(-10, 10), before=st.tuples(sizes, sizes), after=st.tuples(sizes, sizes))
@settings(max_examples=40)
def test_constants_stay_constant(value, before, after):
    resized = Resize()(torch.full((2, 3, *before), value, dtype=torch.float64), after)
    assert resized.shape == (2, 3, *after)
    np.testing.assert_allclose(resized.numpy(), value, rtol=1e-12, atol=1e-12)


def test_halving_a_plane_is_the_box_average_away_from_the_border(device):
    # The widened triangle [1, 3, 3, 1] / 8 is symmetric, so on an affine image it is the mean of the two in the middle.
    rows, columns = np.mgrid[0:16, 0:16].astype(float)
    plane = 3 * rows - 2 * columns + 1
    boxes = plane.reshape(8, 2, 8, 2).mean((1, 3))
    halved = Resize()(torch.tensor(plane, device=device)[None, None], 8)[0, 0].cpu().numpy()
    np.testing.assert_allclose(halved[1:-1, 1:-1], boxes[1:-1, 1:-1], rtol=1e-12)


def test_a_checkerboard_shrinks_to_its_mean(device):
    board = torch.tensor(np.indices((16, 16)).sum(0) % 2, dtype=torch.float64, device=device)[None, None]
    np.testing.assert_allclose(Resize()(board, 4)[0, 0, 1:-1, 1:-1].cpu().numpy(), 0.5, rtol=1e-12)


def test_the_same_size_is_the_same_tensor():
    x = torch.rand(1, 1, 4, 4)
    assert torch.equal(Resize()(x, 4), x)


@pytest.mark.parametrize("size", [3, 9])
def test_it_can_be_differentiated_twice(size):
    x = torch.rand(1, 1, 6, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda t: Resize()(t, size) ** 2, x)
