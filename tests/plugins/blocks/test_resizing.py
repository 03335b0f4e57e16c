"""Resizing against Pillow itself and against loops.

Mutations tried (a test failed for each): bicubic not widened for smaller pictures, a = -3/4, half a pixel added for
TensorFlow, rows and columns exchanged, no clamp.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image

from rivalry_zoo.blocks.resizing import resized

SIZES = [(28, 28), (30, 17), (64, 90), (299, 31), (5, 1)]


def noise(*shape):
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)


@pytest.mark.parametrize("side", [7, 64])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_clean_is_pillows_bicubic_on_floats(size, side, device):
    x = noise(2, 3, *size)
    truth = [[Image.fromarray(c).resize((side, side), Image.Resampling.BICUBIC) for c in picture] for picture in x]
    found = resized(torch.tensor(x, device=device), side, "clean", 255).cpu()
    assert_allclose(found, np.clip(np.array([[np.asarray(c) for c in own] for own in truth]), 0, 255), atol=3e-4)


def test_clean_stays_within_the_range():
    x = torch.eye(9)[None, None] * 255
    found = resized(x, 64, "clean", 255)
    assert [found.min(), found.max()] == [0, 255]
    assert np.asarray(Image.fromarray(x[0, 0].numpy()).resize((64, 64), Image.Resampling.BICUBIC)).min() < -1


def one_line(line, side):
    """TensorFlow 1's rule for one dimension, a pixel at a time."""
    found = []
    for i in range(side):
        place = i * len(line) / side
        below = int(place)
        above = min(below + 1, len(line) - 1)
        found.append(line[below] + (line[above] - line[below]) * (place - below))
    return np.array(found)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_legacy_tensorflow_takes_pixels_by_their_corners(size):
    x = noise(1, 2, *size)
    truth = np.apply_along_axis(one_line, 3, np.apply_along_axis(one_line, 2, x.astype(float), 13), 13)
    assert_allclose(resized(torch.tensor(x), 13, "legacy_tensorflow", 255), truth, atol=1e-3)


def test_legacy_tensorflow_is_known_by_hand():
    line = torch.tensor([0.0, 1.0, 3.0]).expand(1, 1, 3, 3)
    assert_allclose(resized(line, 6, "legacy_tensorflow", 9)[0, 0, 4], [0, 0.5, 1, 2, 3, 3])


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_legacy_pytorch_takes_the_two_nearest_middles(size):
    x, side = noise(1, 1, *size), 13
    truth = x.astype(float)
    for axis in (2, 3):
        n = truth.shape[axis]
        places = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
        below = places.astype(int)
        part = (places - below).reshape([-1 if a == axis else 1 for a in range(4)])
        truth = (1 - part) * truth.take(below, axis) + part * truth.take(np.minimum(below + 1, n - 1), axis)
    assert_allclose(resized(torch.tensor(x), side, "legacy_pytorch", 255), truth, atol=5e-3)


@pytest.mark.parametrize("mode", ["clean", "legacy_pytorch", "legacy_tensorflow"])
def test_the_right_size_and_constants_stay(mode):
    x = torch.tensor(noise(1, 3, 20, 20)) / 255
    assert_allclose(resized(x, 20, mode), x, atol=1e-6)
    assert_allclose(resized(torch.full((1, 1, 9, 31), 0.3), 20, mode), 0.3, rtol=1e-6)


def test_the_three_ways_differ():
    x = torch.tensor(noise(1, 1, 12, 12)) / 255
    found = [resized(x, 20, mode) for mode in ("clean", "legacy_pytorch", "legacy_tensorflow")]
    assert min((a - b).abs().max() for a, b in [found[:2], found[1:], found[::2]]) > 0.1
    assert torch.equal(resized(x, 20), found[0])
