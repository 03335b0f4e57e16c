"""k-means against its definition in numpy: means of what is nearest.

Mutations tried (a test failed for each): draws by distance to the last centre only, one round, the worst start for the
best.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from neighbourhoods import squares
from rivalry_zoo.blocks.kmeans import assign, kmeans, spread


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def blobs(count, each, d, seed=0, apart=30):
    rng = np.random.default_rng(seed)
    return (apart * rng.normal(size=(count, 1, d)) + rng.normal(size=(count, each, d))).reshape(-1, d)


def test_far_clusters_are_found_whatever_the_seed(device):
    points = torch.tensor(blobs(6, 25, 8), device=device)
    for seed in range(5):
        labels = kmeans(points, 6, seeded(seed))[1].cpu().numpy().reshape(6, 25)
        assert (labels == labels[:, :1]).all()
        assert sorted(labels[:, 0]) == list(range(6))


def test_centres_are_means_of_the_points_nearest_to_them():
    points = np.random.default_rng(1).normal(size=(300, 4))
    centres, labels = kmeans(torch.tensor(points), 7, seeded())
    assert_array_equal(labels, squares(points, centres.numpy()).argmin(1))
    assert_allclose(centres, np.stack([points[labels.numpy() == i].mean(0) for i in range(7)]))


def test_rounds_only_improve_and_end():
    points = torch.tensor(np.random.default_rng(2).normal(size=(300, 3)))
    sums = []
    for rounds in (0, 1, 2, 5, 100, 200):
        centres, labels = kmeans(points, 9, seeded(), rounds=rounds)
        sums.append(float((points - centres[labels]).square().sum()))
    assert sums == sorted(sums, reverse=True)
    assert sums[0] > sums[1] > sums[3] > sums[4] == sums[5]


def test_more_starts_begin_no_worse():
    points = torch.tensor(blobs(8, 20, 2, apart=4))
    sums = [float(assign(points, kmeans(points, 8, seeded(3), starts, rounds=0)[0])[1].sum()) for starts in (1, 4, 16)]
    assert sums == sorted(sums, reverse=True)
    assert sums[0] > sums[2]


def test_assignment_is_to_the_nearest_and_first():
    rng = np.random.default_rng(4)
    points, centres = rng.normal(size=(50, 3)), rng.normal(size=(6, 3))
    centres[5] = centres[2]
    labels, distances = assign(torch.tensor(points), torch.tensor(centres))
    assert_array_equal(labels, squares(points, centres).argmin(1))
    assert_allclose(distances, squares(points, centres).min(1), atol=1e-12)
    assert 5 not in labels


def test_draws_are_proportional_to_squared_distances():
    points = torch.tensor([[0.0], [1.0], [3.0]]).double()
    pairs = [tuple(spread(points, 2, seeded(seed))[:, 0].tolist()) for seed in range(1500)]
    firsts = [first for first, _ in pairs]
    for first, chances in ((0.0, {1.0: 0.1, 3.0: 0.9}), (1.0, {0.0: 0.2, 3.0: 0.8}), (3.0, {0.0: 9 / 13, 1.0: 4 / 13})):
        n = firsts.count(first)
        assert_allclose(n / 1500, 1 / 3, atol=0.05)
        for second, chance in chances.items():
            assert_allclose(pairs.count((first, second)) / n, chance, atol=4 * (chance * (1 - chance) / n) ** 0.5)


def test_draws_look_at_all_centres_before():
    points = torch.tensor([[0.0, 0.0], [1e4, 0.0], [0.0, 1e4], [1e-3, 0.0]]).double()
    for seed in range(20):
        chosen = spread(points, 3, seeded(seed))
        assert len({tuple((row // 1).tolist()) for row in chosen}) == 3


@pytest.mark.parametrize("clusters", [1, 3, 5])
def test_fewer_different_points_than_clusters_leave_some_empty(clusters):
    points = torch.tensor([[1.0, 2.0], [1.0, 2.0], [-3.0, 0.5], [1.0, 2.0], [-3.0, 0.5]])
    centres, labels = kmeans(points, clusters, seeded())
    assert centres.isfinite().all()
    assert len(centres) == clusters
    assert len(set(labels.tolist())) == min(clusters, 2)
    if clusters > 1:
        assert torch.equal(centres[labels], points)
        assert all((points == centre).all(1).any() for centre in centres)


def test_the_global_random_state_is_left_alone_and_seeds_repeat():
    points = torch.tensor(blobs(4, 10, 3))
    before = torch.get_rng_state()
    first, second = (kmeans(points, 4, seeded(7))[1] for _ in range(2))
    assert torch.equal(first, second)
    assert torch.equal(before, torch.get_rng_state())
