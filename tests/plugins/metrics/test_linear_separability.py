"""Linear separability of tables in closed form, entropies by scipy.

Mutations tried (a test failed for each): entropy of the other variable, the least sure half kept, two classes counted
twice, logarithms to base 2, points not standardised.
"""

from math import inf, nan

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import logit, softmax
from scipy.stats import entropy

from probes import Known, gaussian
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.linear_separability import LinearSeparability, attributes, linear_separability, surprises


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=15)
def test_surprises_average_to_the_tables_conditional_entropy(seed, n):
    given_, seen = np.random.default_rng(seed).integers(2, size=(2, n)) == 1
    table = np.histogram2d(given_, seen, bins=2, range=[[0, 1], [0, 1]])[0]
    truth = sum(row.sum() / n * entropy(row) for row in table if row.sum())
    assert_allclose(surprises(torch.tensor(given_), torch.tensor(seen)).mean(), truth, atol=1e-12)


@pytest.mark.parametrize(("classes", "count"), [(2, 1), (3, 3), (5, 5)])
def test_attributes_are_the_log_odds_of_each_class(classes, count):
    logits = np.random.default_rng(0).normal(size=(20, classes))
    truth = logit(softmax(logits, axis=1))
    assert_allclose(attributes(torch.tensor(logits)), truth[:, classes - count :], atol=1e-9)


def sides(points):
    """Two classes by the sign of the first component, surer farther out."""
    return torch.stack([-points[:, 0], points[:, 0]], 1)


def test_a_plane_that_tells_all_scores_one(device):
    points = torch.randn(200, 3).to(device)
    score = linear_separability(points, sides(points))
    assert (score.value, score.error) == (1, 0)


def flipped(n, ones, zeros, repeats=1):
    """Points at +-1 of which so many of n a side are of the other class; classifiers are equally sure of all."""
    first = np.tile(np.repeat([1.0, -1.0], n), repeats)
    labels = np.tile(np.concatenate([np.arange(n) >= ones, np.arange(n) < zeros]), repeats)
    return torch.tensor(first)[:, None], torch.tensor(np.where(labels[:, None], [0.0, 3.0], [3.0, 0.0])), labels


def test_a_table_has_its_closed_form_and_error():
    points, logits, _ = flipped(50, 5, 10, repeats=2)  # the first half is kept, as all are equally sure
    score = linear_separability(points, logits)
    cells = {(5, 50): 5, (45, 50): 45, (10, 50): 10, (40, 50): 40}
    costs = np.concatenate([np.full(times, -np.log(a / b)) for (a, b), times in cells.items()])
    assert_allclose(score.value, np.exp(costs.mean()))
    truth = np.exp(costs.mean()) * np.sqrt(4 * ((costs - costs.mean()) ** 2).sum() / 199 / 200)
    assert_allclose(score.error, truth)
    assert type(score.value) is type(score.error) is float


def test_error_is_the_spread_over_repetitions():
    draw = np.random.default_rng(0)
    scores = []
    for _ in range(40):
        points = torch.tensor(np.sign(draw.normal(size=(300, 1))))
        wrong = draw.random(300) < 0.15
        logits = sides(points * torch.tensor(np.where(wrong, -1.0, 1.0))[:, None])
        scores.append(linear_separability(points, logits))
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.3)


def test_what_planes_tell_nothing_of_counts_twice_for_two_even_classes():
    draw = torch.Generator().manual_seed(0)
    points, logits = (torch.randn(4000, 2, generator=draw) for _ in range(2))
    score = linear_separability(points, logits)
    assert 1.99 < score.value < 2 + 1e-12


def test_what_planes_tell_nothing_of_has_its_own_entropy_for_many_classes():
    draw = torch.Generator().manual_seed(0)
    points, logits = torch.randn(4000, 2, generator=draw), torch.randn(4000, 4, generator=draw)
    odds = logit(softmax(logits.double().numpy(), axis=1))
    truth = 0.0
    for column in odds.T:
        kept = column[np.argsort(-abs(column))[:2000]]
        truth += entropy([(kept > 0).mean(), (kept < 0).mean()])
    value = linear_separability(points, logits).value
    assert 0.98 * np.exp(truth) < value <= np.exp(truth)


def test_the_surest_half_alone_counts():
    points = torch.randn(301, 2, dtype=torch.float64)
    logits = sides(points)
    unsure = logits[:, 1].abs().argsort()[:150]  # of 301 the surer 151 are kept
    logits[unsure] *= -1
    assert linear_separability(points, logits).value == 1
    logits[logits[:, 1].abs().argsort()[150]] *= -1
    assert linear_separability(points, logits).value > 1


def test_scales_and_places_of_components_mean_nothing():
    points = torch.randn(200, 3, dtype=torch.float64)
    logits = sides(points + torch.randn(200, 3))
    value = linear_separability(points, logits).value
    assert value > 1.05
    moved = points * torch.tensor([1e-5, 1e3, 1.0]) + torch.tensor([1.0, 1e4, -3.0])
    assert_allclose(linear_separability(moved, logits).value, value, rtol=1e-4)
    constant = torch.cat([points, torch.full((200, 1), 7.0)], 1)
    assert_allclose(linear_separability(constant, logits).value, value, rtol=1e-6)


@pytest.mark.parametrize(
    "logits", [torch.zeros(50, 1), torch.zeros(50), torch.full((50, 2), nan), torch.full((50, 2), inf)]
)
def test_bad_logits_are_refused(logits):
    with pytest.raises(ValueError, match="logits must be finite, of two classes at least"):
        linear_separability(torch.randn(50, 2), logits)


def test_points_that_any_plane_parts_are_refused():
    points = torch.randn(11, 4)
    assert linear_separability(points, sides(points)).value == 1
    with pytest.raises(ValueError, match="any 5 points of 4 dimensions are separable: raise samples to 11 at least"):
        linear_separability(points[:10], sides(points[:10]))


class Sides:
    """A classifier of samples by the sign of their last component, its first feature."""

    name = "sides"

    def __call__(self, samples):
        return samples.flip(1)

    def head(self, features):
        return sides(features)


def test_component_asks_what_the_samples_of_its_points_are():
    make = lambda z: torch.stack([z[:, 0, 0], z[:, 0, 0] * z[:, 0, 1]], 1)  # noqa: E731
    probe = Known(make, gaussian(2, 2), noise=0.5)
    metric = LinearSeparability(Sides(), samples=150, seed=5)
    score = metric.compute(generator=probe)
    assert 1.8 < score.value <= 2  # a product of two signs, of which no plane tells anything
    assert [n for n, _ in probe.calls] == [64, 64, 22]
    assert probe.calls == probe.draws
    points = torch.cat([probe.draw(*call) for call in list(probe.draws)])
    samples = torch.cat([probe(part, seed) for part, (_, seed) in zip(points.split(64), list(probe.calls))])
    assert score == linear_separability(points, sides(samples.flip(1)))
    assert metric.compute(generator=probe) == score
    assert LinearSeparability(Sides(), samples=150).compute(generator=probe) != score
    assert (metric.direction, metric.range) == ("lower", (1, inf))


def test_features_that_do_not_classify_are_refused():
    with pytest.raises(ValueError, match="wanted features that classify, got 'pixels': write `features: judge`"):
        LinearSeparability(PIXELS)
