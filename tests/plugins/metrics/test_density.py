"""Density and coverage against a brute-force oracle on integer points, and their expectations under equality.

Mutations tried (a test failed for each): `<=` for `<`, slack left out, density not divided by k, a factor of the
expected coverage dropped.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks import feature_sets, open_balls
from rivalry_zoo.metrics.coverage import Coverage, coverage, expected_coverage
from rivalry_zoo.metrics.density import Density, density
from rivalry_zoo.metrics.precision import precision


def inside(real, fake, k):
    """Which fakes lie strictly inside which real sample's ball, pair by pair, in integers: a table [N][M]."""

    def apart(a, b):
        return sum((int(p) - int(q)) ** 2 for p, q in zip(a, b, strict=True))

    radii = [sorted(apart(a, b) for j, b in enumerate(real) if j != i)[k - 1] for i, a in enumerate(real)]
    return np.array([[apart(f, r) < radius for f in fake] for r, radius in zip(real, radii, strict=True)])


def integer_points(d):
    return st.lists(st.lists(st.integers(-3, 3), min_size=d, max_size=d), min_size=5, max_size=12)


@given(st.integers(1, 3).flatmap(lambda d: st.tuples(integer_points(d), integer_points(d))), st.integers(1, 4))
@settings(max_examples=40)
def test_both_are_the_definition_with_ties_counted_outside(sets, k):
    table = inside(*sets, k)
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(density(real, fake, k).value, table.sum() / (k * len(sets[1])))
        assert_allclose(coverage(real, fake, k).value, table.any(1).mean())


@pytest.mark.parametrize(("n", "m", "k"), [(150, 150, 5), (150, 150, 3), (60, 20, 2)])
def test_equal_distributions_give_density_one_and_the_expected_coverage(n, m, k):
    rng = np.random.default_rng(n + k)
    draws = [(torch.tensor(rng.normal(size=(n, 3))), torch.tensor(rng.normal(size=(m, 3)))) for _ in range(60)]
    dense, covered = ([metric(*draw, k).value for draw in draws] for metric in (density, coverage))
    assert_allclose(np.mean(dense), 1, atol=4 * np.std(dense) / 60**0.5)
    assert_allclose(np.mean(covered), expected_coverage(n, m, k), atol=4 * np.std(covered) / 60**0.5)


def test_expected_coverage_is_the_chance_in_random_orders():
    # A sample is not covered if, of its N - 1 + M others in random order, the k nearest are real.
    rng = np.random.default_rng(0)
    nearest = rng.permuted(np.tile(np.arange(9 + 6) < 9, (40_000, 1)), axis=1)[:, :3]
    missed = nearest.all(1).mean()
    assert_allclose(expected_coverage(10, 6, 3), 1 - missed, atol=4 * (missed / 40_000) ** 0.5)
    assert expected_coverage(4, 4, 3) == pytest.approx(1 - 6 / (7 * 6 * 5))


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 6))
@settings(max_examples=25)
def test_copies_have_density_one_and_cover_everything(seed, d, k):
    x = torch.tensor(1e3 + np.random.default_rng(seed).normal(size=(12, d)))
    assert_allclose([density(x, x, k).value, coverage(x, x, k).value], 1)


def test_disjoint_sets_have_neither(device):
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert density(x, x + 100).value == coverage(x, x + 100).value == 0


def test_one_real_outlier_inflates_precision_but_not_density():
    g = torch.Generator().manual_seed(1)
    real, fake = torch.randn(99, 2, generator=g), 30 + torch.randn(50, 2, generator=g)
    outlier = torch.full((1, 2), 45.0)
    real = torch.cat([real, outlier])
    assert precision(real, fake).value == 1
    assert_allclose(density(real, fake).value, 1 / 5)
    assert_allclose(coverage(real, fake).value, 1 / 100)


def test_collapse_keeps_density_and_loses_coverage():
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(1))
    collapsed = x[:1] + 1e-3 * x[:50]
    assert density(x, collapsed).value > 0.5
    assert coverage(x, collapsed).value < 0.1


def test_constant_features_have_balls_without_inside():
    x = torch.full((8, 5), 0.1)
    assert density(x, x).value == coverage(x, x[:4]).value == 0


def test_slices_of_the_distance_matrix_change_nothing(monkeypatch):
    g = torch.Generator().manual_seed(2)
    real, fake = torch.randn(60, 3, generator=g), torch.randn(45, 3, generator=g) + 0.7
    whole = density(real, fake), coverage(real, fake)
    monkeypatch.setattr(open_balls, "spans", lambda rows, columns: feature_sets.spans(rows, columns, values=500))
    assert (density(real, fake), coverage(real, fake)) == whole
    assert 0 < whole[1].value < 1


@pytest.mark.parametrize("metric", [density, coverage])
@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(5, 2), "at least 6 points, not 5"),
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.zeros(9, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(9, 2), torch.zeros(9, 3), "equally many features, not 2 and 3"),
    ],
)
def test_bad_input_is_refused_in_words(metric, real, fake, words):
    with pytest.raises(ValueError, match=words):
        metric(real, fake)


@pytest.mark.parametrize(("component", "function"), [(Density, density), (Coverage, coverage)])
def test_components_compute_the_functions(component, function):
    g = torch.Generator().manual_seed(3)
    real, fake = torch.randn(40, 2, generator=g), torch.randn(30, 2, generator=g) + 1
    assert component(neighbours=2).compute(real, fake) == function(real, fake, 2)
    with pytest.raises(ValueError, match="samples must exceed neighbours"):
        component(samples=5)
