"""The inception score at its closed forms and bounds.

Mutations tried (a test failed for each): exponential left out, marginal not normalised, scores of splits added instead
of averaged, error not divided by the root of the splits.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import softmax
from scipy.stats import entropy

from mps import on_mps
from rivalry.interfaces import Score
from rivalry_zoo.features.judge import Judge
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.inception_score import InceptionScore, inception_score


def one_hot(classes, repeats, eps=0.0):
    """Logits whose softmax is (1 - eps) one-hot + eps / K, every class `repeats` times in turn."""
    p = (1 - eps) * np.tile(np.eye(classes), (repeats, 1)) + eps / classes
    return torch.tensor(np.log(np.maximum(p, 1e-300)))


@pytest.mark.parametrize("classes", [1, 2, 10])
def test_sure_and_balanced_is_the_number_of_classes(classes, device):
    score = inception_score(one_hot(classes, 10).to(device), splits=5)
    assert_allclose([score.value, score.error], [classes, 0], atol=1e-12)


@given(st.integers(1, 9), st.integers(1, 30), st.integers(0, 10**6))
@settings(max_examples=25)
def test_equal_predictions_score_one(classes, n, seed):
    row = torch.tensor(np.random.default_rng(seed).normal(0, 30, (1, classes)))
    assert_allclose(inception_score(row.repeat(n, 1), splits=1).value, 1)


@pytest.mark.parametrize(("classes", "eps"), [(2, 0.1), (10, 0.3), (10, 1.0)])
def test_smoothed_labels_give_the_closed_form(classes, eps):
    high, low = 1 - eps + eps / classes, eps / classes
    truth = classes * np.exp(high * np.log(high) + (classes - 1) * low * np.log(low))
    assert_allclose(inception_score(one_hot(classes, 6, eps), splits=3).value, truth)


@given(st.integers(1, 6), st.integers(1, 20), st.integers(0, 10**6), st.sampled_from([0.1, 3.0, 1000.0]))
@settings(max_examples=60)
def test_score_is_scipys_relative_entropy_within_its_bounds(classes, n, seed, spread):
    logits = np.random.default_rng(seed).normal(0, spread, (n, classes))
    p = softmax(logits, axis=1)
    value = inception_score(torch.tensor(logits), splits=1).value
    assert_allclose(value, np.exp(np.mean([entropy(row, p.mean(0)) for row in p])), rtol=1e-9)
    assert 1 - 1e-9 <= value <= min(classes, n) + 1e-9


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_splits_are_contiguous_and_their_mean_has_an_error(seed):
    logits = torch.tensor(np.random.default_rng(seed).normal(0, 3, (24, 4)))
    parts = [inception_score(part, splits=1).value for part in logits.split(6)]
    score = inception_score(logits, splits=4)
    assert_allclose([score.value, score.error], [np.mean(parts), np.std(parts, ddof=1) / 2])


def test_a_constant_added_to_a_samples_logits_changes_nothing():
    logits = torch.randn(20, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert_allclose(inception_score(logits + 1e3 * torch.arange(20)[:, None]).value, inception_score(logits).value)


def test_small_splits_deflate_a_sure_classifier_as_stated():
    classes, n = 20, 200
    labels = np.random.default_rng(0).integers(classes, size=40 * n)
    score = inception_score(torch.tensor(np.log(np.eye(classes)[labels] + 1e-300)), splits=40)
    assert_allclose(score.value, classes * np.exp(-(classes - 1) / (2 * n)), rtol=0.01)


def test_two_splits_have_an_error_and_one_has_none():
    # The splits score 1 and 2, whose mean is known to half their difference.
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.0], [99.0, 0.0], [0.0, 99.0]])
    assert inception_score(logits, splits=2) == Score(1.5, pytest.approx(0.5))
    assert inception_score(torch.zeros(1, 3), splits=1).error is None


def test_logits_in_float32_that_carry_gradients_lose_nothing():
    logits = torch.randn(30, 4, requires_grad=True)
    score = inception_score(logits, splits=3)
    assert score == inception_score(logits.detach().double(), splits=3)
    assert type(score.value) is type(score.error) is float
    assert inception_score(on_mps(logits), splits=3) == score


@pytest.mark.parametrize(
    ("logits", "splits", "words"),
    [
        (torch.zeros(0, 3), 1, "each of 1 splits needs a sample, but there are 0"),
        (torch.zeros(4, 3), 5, "5 splits needs"),
        (torch.zeros(4, 3), 0, "0 splits needs"),
        (torch.zeros(4), 1, "finite matrix"),
        (torch.zeros(4, 0), 1, "finite matrix"),
        (torch.full((4, 3), float("nan")), 1, "finite matrix"),
    ],
)
def test_bad_input_is_refused_in_words(logits, splits, words):
    with pytest.raises(ValueError, match=words):
        inception_score(logits, splits)


def test_component_looks_through_a_classifiers_head_at_the_fakes():
    class Known(Judge):
        def head(self, features):
            return 2 * features

    fake = torch.randn(30, 3, generator=torch.Generator().manual_seed(1))
    metric = InceptionScore(features=Known(), splits=3)
    assert metric.compute(torch.zeros(2, 3), fake) == inception_score(2 * fake, 3)
    assert isinstance(InceptionScore().features, Judge)
    assert InceptionScore().features is not InceptionScore().features


def test_features_without_classes_and_too_few_samples_are_refused_in_words():
    with pytest.raises(ValueError, match="features that classify, got 'pixels'"):
        InceptionScore(features=PIXELS)
    with pytest.raises(ValueError, match="samples must reach splits, but got 5 and 10"):
        InceptionScore(samples=5)


class Net(Judge):
    """A classifier under the name of the published one."""

    name = "inception"


@pytest.mark.parametrize(("published", "title"), [(True, "IS"), (False, "is_inception")])
def test_it_is_called_is_through_the_published_network_alone(published, title):
    features = Net()
    object.__setattr__(features, "published", published)
    assert InceptionScore(features=features).title() == title
    assert InceptionScore().title() == "is_judge"


def test_it_says_what_it_is():
    metric = InceptionScore()
    assert (metric.name, metric.direction, metric.range, metric.needs) == (
        "inception_score", "higher", (1, np.inf), (),
    )  # fmt: skip
    assert (metric.samples, metric.splits) == (5000, 10)
    assert InceptionScore(samples=10).samples == 10
