"""PRD against closed forms of its curve, and on clusters that k-means cannot miss.

Mutations tried (a test failed for each): slopes for their inverses, beta for its square, precision and recall exchanged
in F, one run for all, the histograms exchanged.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.prd import Prd, f_beta, prd, prd_curve

ANGLES = np.linspace(1e-10, np.pi / 2 - 1e-10, 101)


def histograms(k):
    return st.lists(st.integers(0, 9), min_size=k, max_size=k).filter(any)


def values(*sets, **options):
    return {name: score.value for name, score in prd(*sets, **options).items()}


def test_curve_of_two_bins_is_its_closed_form():
    # p = (3/4, 1/4), q = (1/4, 3/4): the first bin is full of q from slope 1/3, the second from slope 3.
    precision, recall = prd_curve(torch.tensor([0.75, 0.25]), torch.tensor([0.25, 0.75]), 101)
    slope = np.tan(ANGLES)
    wanted = np.where(slope < 1 / 3, slope, np.where(slope < 3, 0.25 + slope / 4, 1))
    assert_allclose(precision, wanted, atol=1e-9)
    assert_allclose(recall, np.minimum(wanted / slope, 1), atol=1e-9)


@given(st.integers(1, 6).flatmap(lambda k: st.tuples(histograms(k), histograms(k))))
@settings(max_examples=15)
def test_exchanging_the_histograms_exchanges_the_axes(pair):
    p, q = (np.array(counts) / sum(counts) for counts in pair)
    precision, recall = prd_curve(torch.tensor(p), torch.tensor(q), 31)
    back, forth = prd_curve(torch.tensor(q), torch.tensor(p), 31)
    assert_allclose(back.flip(0), recall, atol=1e-6)
    assert_allclose(forth.flip(0), precision, atol=1e-6)
    assert (precision.diff() >= 0).all()
    assert (recall.diff() <= 0).all()
    # Area in common, at slope 1.
    assert_allclose(precision[15], np.minimum(p, q).sum())
    assert_allclose(recall[15], np.minimum(p, q).sum())


def test_equal_histograms_reach_one_and_disjoint_ones_nothing():
    p = torch.tensor([0.2, 0.5, 0.3])
    precision, recall = prd_curve(p, p, 101)
    assert_allclose([float(precision[50]), float(recall[50])], 1)
    assert len(prd_curve(p, p)[0]) == 1001
    tenths = torch.full((10,), 0.1)  # of float32: a little more than 1 in all
    assert max(float(part.max()) for part in prd_curve(tenths, tenths)) == 1
    precision, recall = prd_curve(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]))
    assert not precision.any()
    assert not recall.any()


def test_f_beta_is_the_weighted_harmonic_mean_at_its_best_point():
    precision, recall = torch.tensor([0.9, 0.5, 0.0]), torch.tensor([0.1, 0.5, 0.0])
    weighted = [1 / ((1 / p + 64 / r) / 65) for p, r in ((0.9, 0.1), (0.5, 0.5))]
    assert_allclose(f_beta(precision, recall, 8), max(weighted), rtol=1e-6)
    assert_allclose(f_beta(precision, recall, 1 / 8), 1 / ((64 / 0.9 + 1 / 0.1) / 65), rtol=1e-6)
    assert f_beta(torch.zeros(3), torch.zeros(3), 8) == 0


def blobs(counts, seed=0):
    """Points around corners 100 apart, as many as counted at each."""
    rng = np.random.default_rng(seed)
    corners = np.repeat(100 * np.eye(len(counts)), counts, axis=0)
    return torch.tensor(corners + rng.normal(size=corners.shape))


def test_missing_and_invented_clusters_show_in_their_own_number(device):
    full, half = blobs([40, 40]).to(device), blobs([80, 0], 1).to(device)
    missing, invented = values(full, half, clusters=2, runs=2), values(half, full, clusters=2, runs=2)
    assert missing["f_1_8"] > 0.95 > 0.6 > missing["f8"]
    assert_allclose(missing["f8"], invented["f_1_8"])
    assert_allclose(missing["f_1_8"], invented["f8"])


def test_numbers_are_those_of_the_histograms_over_clusters():
    real, fake = blobs([10, 30, 60]), blobs([50, 30, 20], 1)
    p, q, slope = np.array([0.1, 0.3, 0.6]), np.array([0.5, 0.3, 0.2]), np.tan(ANGLES)[:, None]
    precision, recall = np.minimum(slope * p, q).sum(1), np.minimum(p, q / slope).sum(1)
    wanted = {
        name: (65 / (64 / recall + 1 / precision)).max() if name == "f8" else (65 / (1 / recall + 64 / precision)).max()
        for name in ("f8", "f_1_8")
    }
    assert values(real, fake, clusters=3, angles=101, runs=2) == pytest.approx(wanted, rel=1e-6)
    for move, size in ((1e3, 1e-3), (0, 1e-200), (0, 1e200)):
        moved = values(move + size * real, move + size * fake, clusters=3, angles=101, runs=1)
        assert moved == pytest.approx(wanted, rel=1e-6)


def test_copies_score_one_far_sets_zero_and_equal_distributions_nearly_one():
    g = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 300, 5, generator=g)
    assert values(x, x.flip(0), runs=2) == pytest.approx({"f8": 1, "f_1_8": 1})
    assert values(x, x + 1000, clusters=2, runs=2) == {"f8": 0, "f_1_8": 0}
    found = values(x, y, runs=4)
    assert 0.9 < min(found.values()) <= max(found.values()) < 1


def test_the_curve_is_a_mean_over_runs():
    g = torch.Generator().manual_seed(1)
    x, y = torch.randn(2, 60, 2, generator=g)
    once, often, other = (values(x, y, runs=runs, seed=seed) for runs, seed in ((1, 0), (6, 0), (1, 3)))
    assert once != often
    assert once != other
    assert values(x, y, runs=6) == often
    assert all(score.error is None for score in prd(x, y, runs=1).values())


def test_constant_features_are_one_cluster():
    x = torch.full((20, 3), 0.1)
    assert values(x, x, runs=1) == pytest.approx({"f8": 1, "f_1_8": 1})


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(20, 2), torch.zeros(21, 2), "equally many samples, not 20 and 21: compare 20 of each"),
        (torch.zeros(9, 2), torch.zeros(9, 2), "20 clusters need at least 10 samples a side, not 9"),
        (torch.zeros(0, 2), torch.zeros(0, 2), "real must hold at least 1"),
        (torch.zeros(20, 2), torch.full((20, 2), float("nan")), "fake must be finite"),
        (torch.zeros(20, 2), torch.zeros(20, 3), "equally many features, not 2 and 3"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        prd(real, fake)


def test_component_computes_the_function():
    g = torch.Generator().manual_seed(2)
    x, y = torch.randn(2, 30, 3, generator=g)
    component = Prd(clusters=4, angles=11, runs=2, seed=5)
    before = torch.get_rng_state()
    assert component.compute(x, y) == prd(x, y, 4, 11, 2, 5)
    assert torch.equal(before, torch.get_rng_state())
    usual = Prd()
    assert (usual.clusters, usual.angles, usual.runs, usual.seed, usual.samples) == (20, 1001, 10, 0, 1000)
    assert usual.compute(x[:10], y[:10]) == prd(x[:10], y[:10], 20, 1001, 10, 0)
    assert {type(score.value) for score in component.compute(x, y).values()} == {float}
    assert tuple(component.compute(x, y)) == component.parts == ("f8", "f_1_8")
    assert (component.direction, component.range) == ("higher", (0, 1))
