"""Improved precision and recall against a brute-force oracle on integer points, where ties are exact.

Mutations tried (a test failed for each): `<` for `<=`, own distance not excluded, k + 1, roles of the two sets
exchanged, slack left out.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks import feature_sets, neighbours
from rivalry_zoo.metrics.precision import Precision, precision
from rivalry_zoo.metrics.recall import Recall, recall


def covered(points, support, k):
    """Pair by pair, in integers."""

    def apart(a, b):
        return sum((int(p) - int(q)) ** 2 for p, q in zip(a, b, strict=True))

    radii = [sorted(apart(a, b) for j, b in enumerate(support) if j != i)[k - 1] for i, a in enumerate(support)]
    return np.mean([any(apart(p, s) <= r for s, r in zip(support, radii, strict=True)) for p in points])


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=80)
def test_both_are_the_definition_with_ties_counted_inside(sets, k):
    real, fake = (torch.tensor(points).float() for points in sets)
    assert_allclose(precision(real, fake, k).value, covered(sets[1], sets[0], k))
    assert_allclose(recall(real, fake, k).value, covered(sets[0], sets[1], k))


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=25)
def test_a_set_covers_itself(seed, d):
    x = torch.tensor(1e3 + np.random.default_rng(seed).normal(size=(12, d)))
    assert precision(x, x).value == recall(x, x).value == 1


def test_disjoint_sets_cover_nothing(device):
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert precision(x, x + 100).value == recall(x, x + 100).value == 0


def test_collapse_keeps_precision_and_loses_recall():
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
    collapsed = x[:1] + 1e-3 * x[:50]
    assert precision(x, collapsed).value == 1
    assert recall(x, collapsed).value < 0.05


def test_equal_points_cover_each_other_without_any_radius():
    x = torch.full((8, 5), 0.1)
    assert precision(x, x[:4]).value == recall(x, x).value == 1


def test_slices_of_the_distance_matrix_change_nothing(monkeypatch):
    g = torch.Generator().manual_seed(2)
    real, fake = torch.randn(60, 3, generator=g), torch.randn(45, 3, generator=g) + 0.7
    whole = precision(real, fake), recall(real, fake)
    largest = []

    def narrow(rows, columns):
        parts = list(feature_sets.spans(rows, columns, values=500))
        largest.extend((part.stop - part.start) * columns for part in parts)
        return parts

    monkeypatch.setattr(neighbours, "spans", narrow)
    assert (precision(real, fake), recall(real, fake)) == whole
    assert max(largest) <= 500
    assert 0 < whole[0].value < 1


@pytest.mark.parametrize(
    ("metric", "real", "fake", "words"),
    [
        (precision, torch.zeros(3, 2), torch.zeros(5, 2), "at least 4 points, not 3"),
        (recall, torch.zeros(5, 2), torch.zeros(1, 2), "at least 4 points, not 1"),
        (precision, torch.zeros(5, 2), torch.zeros(0, 2), "must hold at least 1"),
        (precision, torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (recall, torch.full((5, 2), float("nan")), torch.zeros(5, 2), "real must be finite"),
        (recall, torch.zeros(5, 2), torch.zeros(5, 3), "equally many features, not 2 and 3"),
    ],
)
def test_bad_input_is_refused_in_words(metric, real, fake, words):
    with pytest.raises(ValueError, match=words):
        metric(real, fake)


@pytest.mark.parametrize(("component", "function"), [(Precision, precision), (Recall, recall)])
def test_components_compute_the_functions(component, function):
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert component(neighbours=1).compute(real, fake) == function(real, fake, 1)
    with pytest.raises(ValueError, match="samples must exceed neighbours"):
        component(samples=3)
