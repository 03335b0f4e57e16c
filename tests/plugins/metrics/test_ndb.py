"""Bins that differ, against SciPy's test and divergence, and on clusters of known shares.

Mutations tried (a test failed for each): a one-sided bound, parts that are not pooled, the variance of one sample,
the bins of both sets, entropies added instead of averaged, no scale.
"""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency

from rivalry_zoo.metrics.ndb import Ndb, different_bins, jensen_shannon, ndb

SHARES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=6)


@given(SHARES.filter(lambda rows: all(map(sum, zip(*rows, strict=True)))), st.sampled_from([0.3, 0.05, 0.001]))
@example([(0, 1), (50, 49)], 0.05)
@settings(max_examples=25)
def test_a_bin_differs_where_scipys_test_of_its_table_says_so(rows, level):
    real, fake = (np.array(column) for column in zip(*rows, strict=True))
    wanted = []
    for one, other in rows:
        counts = np.array([[one, real.sum() - one], [other, fake.sum() - other]])
        known = (counts.sum(0) > 0).all()
        wanted.append(bool(known and chi2_contingency(counts, correction=False).pvalue < level))
    assert different_bins(torch.tensor(real), torch.tensor(fake), level).tolist() == wanted


@given(SHARES.filter(lambda rows: all(map(sum, zip(*rows, strict=True)))))
@settings(max_examples=25)
def test_divergence_is_scipys(rows):
    p, q = (np.array(column) / np.sum(column) for column in zip(*rows, strict=True))
    assert_allclose(jensen_shannon(torch.tensor(p), torch.tensor(q)), jensenshannon(p, q) ** 2, atol=1e-12)


def clusters(counts, seed=0, size=1.0):
    """Points about the corners of a square, so many each."""
    draw = np.random.default_rng(seed)
    corners = size * np.array([[0, 0], [9, 0], [0, 9], [9, 9]]) + 1e3 * size
    return torch.tensor(np.repeat(corners, counts, axis=0) + 0.1 * size * draw.normal(size=(sum(counts), 2)))


def test_rounding_leads_to_no_divergence_below_zero():
    shares = torch.rand(40, 7, dtype=torch.float64)
    shares /= shares.sum(1, keepdim=True)
    assert min(jensen_shannon(p, p * (1 + 2**-52)) for p in shares) == 0


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e30])
def test_lost_and_overdrawn_clusters_are_counted(size, device):
    real, fake = clusters([50] * 4, size=size).to(device), clusters([50, 50, 0, 100], 1, size).to(device)
    found = ndb(real, fake, bins=4)
    assert found["different"].value == 0.5
    assert_allclose(found["divergence"].value, jensenshannon([1, 1, 1, 1], [1, 1, 0, 2]) ** 2)


def test_bins_are_those_of_the_real_samples():
    real, fake = clusters([50, 0, 0, 50]), clusters([50, 50, 50, 50], 1)
    found = ndb(real, fake, bins=2)
    assert found["divergence"].value < 0.02  # what lies between two bins falls to either


def test_of_equal_distributions_few_bins_differ():
    draw = torch.Generator().manual_seed(0)
    found = [ndb(*(torch.randn(1000, 2, generator=draw) for _ in range(2)), bins=20, seed=seed) for seed in range(5)]
    assert np.mean([one["different"].value for one in found]) < 0.15
    assert_allclose(np.mean([one["divergence"].value for one in found]), 19 * 2 / 1000 / 8, rtol=0.5)


def test_bins_follow_the_seed_and_as_many_samples_are_enough():
    real, fake = torch.randn(2, 40, 2)
    first, again, other = (ndb(real, fake, 6, seed=seed)["divergence"].value for seed in (0, 0, 1))
    assert first == again != other
    assert ndb(real[:6], real[:6], 6)["divergence"].value == 0


def test_constant_features_are_one_bin():
    assert ndb(torch.ones(9, 2), torch.ones(7, 2), bins=3)["different"].value == 0


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(3, 2), torch.zeros(9, 2), "4 bins need as many real samples, not 3"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.full((9, 2), float("nan")), torch.zeros(9, 2), "real must be finite"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        ndb(real, fake, bins=4)


def test_component_computes_the_function():
    real, fake = clusters([50] * 4), clusters([60, 50, 20, 70], 1)
    assert Ndb(bins=4, level=0.4, seed=2).compute(real, fake) == ndb(real, fake, 4, 0.4, 2)
    assert Ndb().compute(real, fake) == ndb(real, fake, 50, 0.05, 0)
    assert {type(score.value) for score in Ndb().compute(real, fake).values()} == {float}
    assert tuple(Ndb().compute(real, fake)) == Ndb.parts
    assert (Ndb.direction, Ndb.range, Ndb().samples) == ("lower", (0, 1), 5000)
    assert Ndb(samples=50).samples == 50
    with pytest.raises(ValueError, match="samples must reach bins, but got 49 and 50: raise samples"):
        Ndb(samples=49)
