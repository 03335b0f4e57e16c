"""Balls against numpy's float64 differences, pair by pair, where float32 products leave doubt and where they do not.

Mutations tried (a test failed for each): doubtful pairs not computed again, `<` for `<=` and the reverse in the counts,
no slack for ties, the pair exchanged for balls around fakes, exact distances of equal points.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from neighbourhoods import KINDS, awkward, inside, strictly_inside
from rivalry_zoo.blocks import balls as module
from rivalry_zoo.blocks.balls import balls, compare
from rivalry_zoo.blocks.clouds import apart, clouds


def check(real, fake, k, tile, device="cpu"):
    around_real, around_fake = balls(*(torch.tensor(points, device=device) for points in (real, fake)), k, tile=tile)
    for found, centres, points in ((around_real, real, fake), (around_fake, fake, real)):
        assert_array_equal(found.inside.cpu(), strictly_inside(centres, points, k).sum(1))
        assert_array_equal(found.containing.cpu(), inside(centres, points, k).sum(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_counts_are_those_of_float64_differences(kind, dtype, device):
    real, fake = (points.astype(dtype) for points in awkward(kind, np.random.default_rng(0), 40, 28, 33))
    check(real, fake, 3, 16, device)


@given(
    st.sampled_from(KINDS),
    st.integers(0, 10**6),
    st.tuples(st.integers(2, 20), st.integers(2, 20), st.integers(1, 3)),
    st.sampled_from([3, 16, 512]),
)
@settings(max_examples=15)
def test_counts_are_right_for_small_sets_of_few_features(kind, seed, sizes, tile):
    n, m, d = sizes
    rng = np.random.default_rng(seed)
    real, fake = (points.astype(np.float32) for points in awkward(kind, rng, n, m, d))
    check(real, fake, int(rng.integers(1, min(n, m))), tile)


def test_ties_hide_in_the_last_bits_and_are_found():
    # Distances from 0: the third nearest at exactly 2, a fake there too, and others off by the last bit of float64.
    real = np.array([[0.0], [1.0], [-1.5], [2.0], [50.0], [60.0]]) + 1000.1
    fake = np.array([[2.0], [-2.0], [2 - 1e-8], [2 + 1e-8], [-2 + 1e-8]]) + 1000.1
    (found,) = balls(torch.tensor(real), torch.tensor(fake), 3, around=(0,))
    assert found.inside.tolist() == [2, 3, 3, 3, 3, 3]
    # The fakes at 2 and -2 are on the border of the ball around 0, that at 2 also on that of the ball around -1.5.
    assert found.containing.tolist() == [6, 2, 6, 4, 2]


def test_few_pairs_are_in_doubt_where_points_are_spread(monkeypatch):
    counts = []

    def counted(a, b, i, j):
        counts.append(len(i))
        return apart(a, b, i, j)

    monkeypatch.setattr(module, "apart", counted)
    g = torch.Generator().manual_seed(0)
    real, fake = torch.randn(500, 20, generator=g), torch.randn(400, 20, generator=g)
    (found,) = balls(real, fake, 5, around=(0,), tile=128)
    assert 1500 < int(found.inside.sum()) < 2500
    assert sum(counts) < 40


def test_equal_points_need_no_exact_distance(monkeypatch):
    monkeypatch.setattr(module, "apart", lambda a, b, i, j: torch.empty(0) if len(i) == 0 else pytest.fail("asked"))
    (found,) = balls(torch.full((50, 3), 0.1), torch.full((20, 3), 0.1), 5, around=(0,))
    assert not found.inside.any()
    assert found.containing.tolist() == [50] * 20


def test_signs_compare_with_each_pairs_own_radius():
    a, b = clouds(torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[3.0, 4.0], [6.0, 8.0], [0.0, 1.0]]))
    i, j = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 0, 1])
    radii = torch.tensor([24.0, 25.0, 26.0, 25.0]).double() * a.scale**2
    nothing = torch.zeros(4).double()
    a, b = (type(c)(c.points, c.rows, c.margins + 100, c.norms, c.scale) for c in (a, b))
    assert compare(a, b, i, j, nothing, radii).tolist() == [1, 0, -1, 0]
    assert compare(a, b, i, j, nothing + 1000, radii).tolist() == [1] * 4
    assert compare(a, b, i, j, nothing - 1000, radii).tolist() == [-1] * 4


def test_only_sets_with_balls_need_neighbours():
    few, many = torch.rand(2, 2), torch.rand(9, 2)
    assert len(balls(few, many, 3, around=(1,))[0].inside) == 9
    assert len(balls(many, few, 3, around=(0,))[0].containing) == 2
    for sets in ((few, many), (many, few)):
        with pytest.raises(ValueError, match="3 neighbours need at least 4 points, not 2"):
            balls(*sets, 3)
