"""Bounds on distances against numpy's float64 differences, and what is left to look at against plain comparisons.

Mutations tried (a test failed for each): the margins a 200th, the last two columns not exchanged, the diagonal left out
of the upper half, `>` for `>=`, members of a group in the wrong order, autocast let in, points at the centre given a
margin.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from neighbourhoods import KINDS, awkward, squares
from rivalry_zoo.blocks.clouds import apart, closeness, clouds, keeps_float32, near, tie


def sets(kind, n=21, m=35, d=40, dtype=np.float32, seed=0):
    return [points.astype(dtype) for points in awkward(kind, np.random.default_rng(seed), n, m, d)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_distances_lie_between_their_bounds(kind, dtype, device):
    real, fake = sets(kind, dtype=dtype)
    a, b = clouds(torch.tensor(real, device=device), torch.tensor(fake, device=device))
    for (cloud, points), (others, seen) in [((a, real), (b, fake)), ((b, fake), (b, fake)), ((b, fake), (a, real))]:
        exact = squares(points, seen) * cloud.scale**2
        ((_, _, values),) = closeness(cloud, others, 64)
        lower = -2 * values.double().cpu().numpy()
        width = 2 * (cloud.margins[:, None] + others.margins).cpu().numpy()
        assert (lower <= exact * (1 + 1e-14)).all()
        assert (exact * (1 - 1e-14) <= lower + width).all()


def test_bounds_are_some_roundings_of_each_feature_wide():
    real, fake = sets("generic", d=300)
    for cloud in clouds(torch.tensor(real), torch.tensor(fake)):
        lengths = ((cloud.points - cloud.points.mean(0)) * cloud.scale).square().sum(1)
        assert cloud.rows.dtype == torch.float32
        assert_allclose((cloud.margins / lengths).mean(), 2 * 300 * 2.0**-24, rtol=0.2)
        assert float((cloud.points * cloud.scale).abs().max()) < 1


@pytest.mark.parametrize("kind", ["generic", "offset"])
def test_norms_are_at_least_those_of_the_points(kind):
    for points, cloud in zip(sets(kind), clouds(*map(torch.tensor, sets(kind))), strict=True):
        lengths = np.linalg.norm(points.astype(np.float64), axis=1) * cloud.scale
        assert (cloud.norms.numpy() >= lengths * (1 - 1e-12)).all()
        assert (cloud.norms.numpy() <= 1.5 * lengths).all()


def test_points_are_left_alone():
    real, fake = (torch.tensor(points) for points in sets("generic", dtype=np.float64))
    before = real.clone(), fake.clone()
    a, _ = clouds(real, fake)
    assert torch.equal(real, before[0])
    assert torch.equal(fake, before[1])
    assert len(a) == 21


def test_equal_points_have_no_margin():
    a, b = clouds(torch.full((30, 7), 0.3), torch.full((9, 7), 0.3))
    assert not a.margins.any()
    assert not b.margins.any()
    ((_, _, values),) = closeness(a, b, 64)
    assert not values.any()


@pytest.mark.parametrize("size", [1, 4, 10, 64])
def test_parts_make_up_the_whole_or_its_upper_half(size):
    a, b = clouds(*(torch.tensor(points) for points in sets("generic")))
    ((_, _, whole),) = closeness(a, b, 64)
    found = torch.zeros_like(whole)
    for rows, columns, values in closeness(a, b, size):
        assert max(values.shape) <= size
        found[rows, columns] += values
    assert_allclose(found, whole, atol=1e-6)
    seen = torch.zeros(21, 21)
    for rows, columns, _ in closeness(a, a, size, upper=True):
        seen[rows, columns] += 1
    blocks = np.arange(21) // size
    assert_array_equal(seen, blocks[:, None] <= blocks)


@pytest.mark.parametrize("pairs", [40, 324])
@pytest.mark.parametrize("kind", ["generic", "offset", "clusters", "tiny"])
def test_exact_distances_are_those_of_differences(pairs, kind):
    real, fake = sets(kind, n=60, m=60)
    a, b = clouds(torch.tensor(real), torch.tensor(fake))
    rng = np.random.default_rng(1)
    i, j = rng.integers(0, 60, (2, 40)) if pairs == 40 else rng.permutation(60)[np.indices((18, 18)).reshape(2, -1)]
    assert_allclose(apart(a, b, torch.tensor(i), torch.tensor(j)), squares(real, fake)[i, j] * a.scale**2, rtol=1e-14)


@pytest.mark.parametrize("shape", [(32, 48), (33, 48), (32, 47), (5, 2)])
@pytest.mark.parametrize("of", [0, 1])
def test_near_pairs_are_those_that_reach_their_limit(shape, of):
    rng = np.random.default_rng(2)
    values = rng.integers(-9, 10, shape).astype(np.float32)
    limits = rng.integers(4, 10, shape[of]).astype(np.float32)
    limits[-1] = -8
    own, others, found = near(torch.tensor(values), torch.tensor(limits), of)
    wanted = np.argwhere((values >= np.expand_dims(limits, 1 - of)) if of == 0 else (values >= limits).T)
    assert sorted(zip(own.tolist(), others.tolist(), strict=True)) == [tuple(pair) for pair in wanted]
    assert (own.diff() >= 0).all()
    assert_array_equal(found, (values.T if of else values)[own, others])
    assert len(found) > 0


def test_ties_are_what_the_last_bits_of_points_make_of_equal_distances():
    rng = np.random.default_rng(3)
    for offset, d in ((0.1, 5), (1024.1, 1), (1000.1, 5), (1e6 + 0.1, 3)):
        steps = rng.integers(-3, 4, (2000, d))
        first, second = (
            (((offset + x) - (offset + (x + rng.permuted(steps, axis=1)))) ** 2).sum(1)
            for x in rng.random((2, 2000, d))
        )
        norms = 2 * np.linalg.norm(np.full(d, offset)) + 1
        slack = tie(torch.tensor(second), norms, d).numpy()
        assert (np.abs(first - second) <= slack).all()
        assert d > 1 or (np.abs(first - second) > slack / 7).any()
        assert (slack <= 1e-14 * (offset + 5) * (d + 3)).all()


def test_products_that_are_rounded_more_are_not_trusted():
    assert keeps_float32(torch.device("cpu"))
    points = torch.rand(9, 3)
    try:
        torch.set_float32_matmul_precision("medium")
        assert not keeps_float32(torch.device("cpu"))
        assert clouds(points, points)[0].rows.dtype == torch.float64
    finally:
        torch.set_float32_matmul_precision("highest")
    assert clouds(points, points)[0].rows.dtype == torch.float32
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ((_, _, values),) = closeness(*clouds(points, points), 64)
    assert values.dtype == torch.float32


def test_older_versions_tell_their_precision_differently(monkeypatch):
    monkeypatch.setattr(torch.backends, "mkldnn", object())
    assert keeps_float32(torch.device("cpu"))
    monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda: "high")
    assert not keeps_float32(torch.device("cpu"))


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 2 feature vectors, not 0"),
        (torch.zeros(5, 2), torch.zeros(1, 2), "fake must hold at least 2 feature vectors, not 1"),
        (torch.zeros(5, 2), torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, float("nan")]]), "fake must be finite"),
        (torch.full((5, 2), float("inf")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features, not 2 and 3"),
        (1.5e308 * torch.ones(5, 2).double(), -1.5e308 * torch.ones(5, 2).double(), "larger than 1e307"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        clouds(real, fake, at_least=2)
