"""The intercept of distances over 1/n, of known lines and of Gaussians.

Mutations tried (a test failed for each): a regression over n, the slope's sign, subsets of the real samples where they
should be whole, and the reverse, subsets with repetition.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry.interfaces import Score
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics import frechet_infinity as module
from rivalry_zoo.metrics.frechet_distance import frechet_distance
from rivalry_zoo.metrics.frechet_infinity import FrechetInfinity, frechet_infinity


@pytest.fixture
def line(monkeypatch):
    """In place of the distance, a value of known bias; keeps how many samples it saw, and whether one came twice."""
    seen = []

    def known(real, fake):
        assert len(fake.unique(dim=0)) == len(fake)
        seen.append((len(real), len(fake)))
        return Score(3 + 7 / len(fake) + 2 / len(real))

    monkeypatch.setattr(module, "frechet_distance", known)
    return seen


def numbered(n):
    return torch.arange(2.0 * n).reshape(n, 2)


def test_of_a_line_the_intercept_is_found(line):
    assert_allclose(frechet_infinity(numbered(50), numbered(200)).value, 3 + 2 / 50, rtol=1e-12)
    assert line[0] == (50, 20)
    assert line[-1] == (50, 200)
    assert [fakes for _, fakes in line] == sorted({fakes for _, fakes in line})
    assert len(line) == 15


def test_where_both_vary_the_bias_of_both_goes(line):
    assert_allclose(frechet_infinity(numbered(100), numbered(100), 4, "both").value, 3, rtol=1e-12)
    assert line == [(10, 10), (40, 40), (70, 70), (100, 100)]


def test_equal_gaussians_are_at_nothing_though_the_distance_is_biased():
    d, n, seeds = 20, 1000, 6
    floor = (2 * d + d * (d + 1) / 2) / n  # of two samples of one N(0, I)
    sets = []
    for seed in range(seeds):
        draw = torch.Generator().manual_seed(seed)
        sets.append([torch.randn(n, d, generator=draw) for _ in range(2)])
    assert_allclose(np.mean([frechet_distance(*pair).value for pair in sets]), floor, rtol=0.1)
    assert abs(np.mean([frechet_infinity(*pair, vary="both").value for pair in sets])) < 0.3 * floor
    assert_allclose(np.mean([frechet_infinity(*pair).value for pair in sets]), floor / 2, rtol=0.4)  # the real ones'


def test_a_shift_is_its_square():
    draw = torch.Generator().manual_seed(0)
    real, fake = torch.randn(4000, 3, generator=draw), torch.randn(4000, 3, generator=draw) + torch.tensor([2.0, 0, 0])
    assert_allclose(frechet_infinity(real, fake, vary="both").value, 4, rtol=0.03)


def test_seeds_choose_the_subsets():
    draw = torch.Generator().manual_seed(0)
    real, fake = torch.randn(40, 2, generator=draw), torch.randn(60, 2, generator=draw)
    values = [frechet_infinity(real, fake, seed=seed).value for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(
    ("n", "m", "options", "words"),
    [
        (40, 19, {}, "two points and 20 samples, not 15 and 19"),
        (19, 40, {"vary": "both"}, "not 15 and 19"),
        (40, 19, {"vary": "both"}, "not 15 and 19"),
        (40, 40, {"points": 1}, "not 1 and 40"),
        (40, 0, {}, "fake must hold at least 2"),
    ],
)
def test_too_little_is_refused_in_words(n, m, options, words):
    with pytest.raises(ValueError, match=words):
        frechet_infinity(torch.randn(n, 2), torch.randn(m, 2), **options)
    assert frechet_infinity(torch.randn(19, 2), torch.randn(20, 2), points=2).error is None


def test_component_computes_the_function_and_is_named_apart_from_the_distance():
    draw = torch.Generator().manual_seed(0)
    real, fake = torch.randn(40, 2, generator=draw), torch.randn(60, 2, generator=draw)
    metric = FrechetInfinity(points=5, vary="both", seed=3)
    assert metric.compute(real, fake) == frechet_infinity(real, fake, 5, "both", 3)
    assert FrechetInfinity().compute(real, fake) == frechet_infinity(real, fake)
    assert FrechetInfinity(features=PIXELS).title() == "fd_infinity_pixels"
    assert type(metric.compute(real, fake).value) is float
    assert (metric.direction, metric.samples, metric.range) == ("lower", 5000, (-np.inf, np.inf))
