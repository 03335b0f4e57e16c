"""Laplacian pyramids against scipy's filters, and patches against the pictures that they are cut from.

Mutations tried (a test failed for each): the factor 4 left out, edges repeated rather than mirrored, the last row of
patches never drawn, channels taken for columns.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.ndimage import convolve

from rivalry_zoo.blocks.pyramids import doubled, halved, laplacian_pyramid, random_patches

LINE = np.array([1, 4, 6, 4, 1]) / 16


def smooth(picture):
    return convolve(picture, np.outer(LINE, LINE), mode="mirror")


def pictures(n, c, h, w, seed=0, device="cpu"):
    return torch.tensor(np.random.default_rng(seed).normal(size=(n, c, h, w)), device=device)


@pytest.mark.parametrize(("h", "w"), [(8, 8), (7, 10), (3, 5)])
def test_halving_and_doubling_are_scipys_filters(h, w, device):
    x = pictures(2, 3, h, w, device=device)
    small = halved(x).cpu()
    large = doubled(halved(x), h, w).cpu()
    for i in range(2):
        for c in range(3):
            expected = smooth(x[i, c].cpu().numpy())[::2, ::2]
            assert_allclose(small[i, c], expected, rtol=1e-10, atol=1e-12)
            sparse = np.zeros((h, w))
            sparse[::2, ::2] = expected
            assert_allclose(large[i, c], 4 * smooth(sparse), rtol=1e-10, atol=1e-12)


def test_a_flat_picture_is_flat_at_half_the_size_and_at_twice_again():
    flat = torch.full((1, 2, 16, 16), 0.7, dtype=torch.float64)
    assert_allclose(halved(flat), np.full((1, 2, 8, 8), 0.7), rtol=1e-12)
    assert_allclose(doubled(halved(flat), 16, 16)[:, :, 2:-2, 2:-2], 0.7, rtol=1e-12)


@pytest.mark.parametrize(("h", "w", "levels"), [(16, 16, 3), (9, 14, 2), (5, 5, 1)])
def test_a_pyramid_holds_its_picture(h, w, levels):
    x = pictures(3, 2, h, w)
    *details, rest = laplacian_pyramid(x, levels)
    assert len(details) == levels - 1
    assert [part.shape[2:] for part in (*details, rest)] == [(-(-h // 2**i), -(-w // 2**i)) for i in range(levels)]
    for detail in reversed(details):
        rest = detail + doubled(rest, *detail.shape[2:])
    assert_allclose(rest, x, rtol=1e-12, atol=1e-12)


def test_patches_are_parts_of_their_own_picture_with_all_channels(device):
    n, c, h, w, size = 2, 3, 5, 7, 3
    x = torch.arange(n * c * h * w, device=device).reshape(n, c, h, w).float()
    found = random_patches(x, 200, size, torch.Generator().manual_seed(0))
    assert found.shape == (n * 200, c, size, size)
    places = set()
    for row, patch in enumerate(found.cpu()):
        picture, top, left = row // 200, int(patch[0, 0, 0]) // w % h, int(patch[0, 0, 0]) % w
        places.add((picture, top, left))
        assert torch.equal(patch, x.cpu()[picture, :, top : top + size, left : left + size])
    assert places == {(i, y, z) for i in range(n) for y in range(h - size + 1) for z in range(w - size + 1)}


def test_a_patch_as_large_as_the_picture_is_the_picture():
    x = pictures(3, 2, 4, 4)
    assert torch.equal(random_patches(x, 2, 4, torch.Generator()), x.repeat_interleave(2, 0))
