"""Distances to the k-th nearest against sorting numpy's differences, on points that float32 products confuse.

Mutations tried (a test failed for each): candidates without spares, limits without margins, no look at crowded rows or
one at equal points, the point itself not left out, rows and columns exchanged, rounding to the nearest for down.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from neighbourhoods import KINDS, awkward, radii, squares
from rivalry_zoo.blocks import nearest
from rivalry_zoo.blocks.clouds import apart, clouds
from rivalry_zoo.blocks.nearest import lowered, radii_across, radii_within


@pytest.fixture
def asked(monkeypatch):
    """How many distances were computed exactly, one number for each call."""
    counts = []

    def counted(a, b, i, j):
        counts.append(len(i))
        return apart(a, b, i, j)

    monkeypatch.setattr(nearest, "apart", counted)
    return counts


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("k", "tile"), [(1, 7), (3, 16), (12, 512)])
@pytest.mark.parametrize("kind", KINDS)
def test_radii_are_the_kth_smallest_differences(kind, k, tile, dtype, device):
    x, y = (points.astype(dtype) for points in awkward(kind, np.random.default_rng(k), 37, 26, 30))
    a, b = clouds(torch.tensor(x, device=device), torch.tensor(y, device=device))
    assert_allclose(radii_within(a, k, tile).cpu() / a.scale**2, radii(x, k), rtol=1e-13)
    of_a, of_b = radii_across(a, b, tile)
    assert_allclose(of_a.cpu() / a.scale**2, squares(x, y).min(1), rtol=1e-13)
    assert_allclose(of_b.cpu() / a.scale**2, squares(x, y).min(0), rtol=1e-13)


def test_one_exact_distance_a_point_is_enough_where_points_are_spread(asked):
    x = np.random.default_rng(0).normal(size=(400, 20)).astype(np.float32)
    (cloud, _) = clouds(torch.tensor(x), torch.tensor(x))
    found = radii_within(cloud, 5, 128)
    assert 400 <= sum(asked) < 420
    table = ((x[:, None].astype(np.float64) - x) ** 2).sum(2)
    assert_allclose(found / cloud.scale**2, np.sort(table, 1)[:, 5], rtol=1e-13)


def test_crowds_are_looked_through_whole(asked):
    rng = np.random.default_rng(1)
    shell = rng.normal(size=(60, 8))
    shell *= (1 + 1e-9 * rng.normal(size=(60, 1))) / np.linalg.norm(shell, axis=1, keepdims=True)
    x = np.concatenate([np.zeros((1, 8)), shell])
    cloud, _ = clouds(torch.tensor(x), torch.tensor(x))
    assert_allclose(radii_within(cloud, 30, 16) / cloud.scale**2, radii(x, 30), rtol=1e-13)
    assert max(asked) >= 61


def test_equal_points_are_not_a_crowd(asked):
    x = torch.full((300, 4), 0.1)
    x[150:] = 7.0
    cloud, _ = clouds(x, x)
    assert not radii_within(cloud, 5, 64).any()
    assert sum(asked) <= 300 * 13


def test_a_set_needs_more_points_than_neighbours():
    cloud, _ = clouds(torch.rand(6, 2), torch.rand(6, 2))
    assert radii_within(cloud, 5).shape == (6,)
    with pytest.raises(ValueError, match="6 neighbours need at least 7 points, not 6: draw more"):
        radii_within(cloud, 6)


def test_lowered_values_are_never_above():
    values = torch.tensor(np.random.default_rng(2).normal(size=500) * 10.0 ** np.arange(-250, 250)).clamp(-1e37, 1e37)
    for dtype in (torch.float32, torch.float64):
        down = lowered(values, dtype)
        assert down.dtype == dtype
        assert (down.double() <= values).all()
        assert_allclose(down.double(), values, rtol=3e-7, atol=1e-44)
