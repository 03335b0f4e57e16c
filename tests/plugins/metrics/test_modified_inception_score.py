"""The modified inception score by scipy's relative entropies of all pairs, and through the inception score.

Mutations tried (a test failed for each): the mean of logarithms replaced by the logarithm of the mean (it is then the
inception score), classes weighed by their size, the exponential taken after the mean.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import softmax
from scipy.stats import entropy, gmean

from mps import on_mps
from rivalry_zoo.features.judge import Judge
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.inception_score import inception_score
from rivalry_zoo.metrics.modified_inception_score import ModifiedInceptionScore, modified_inception_score


@given(st.integers(2, 5), st.integers(1, 14), st.integers(0, 10**6), st.sampled_from([0.1, 2.0, 8.0]))
@settings(max_examples=20)
def test_score_is_the_mean_over_classes_of_all_pairs_relative_entropy(kinds, n, seed, spread):
    logits = np.random.default_rng(seed).normal(0, spread, (n, kinds))
    p, classes = softmax(logits, axis=1), logits.argmax(1)
    groups = [p[classes == one] for one in set(classes)]
    truth = np.mean([np.exp(np.mean([entropy(a, b) for a in group for b in group])) for group in groups])
    score = modified_inception_score(torch.tensor(logits))
    assert_allclose(score.value, truth, rtol=1e-9)
    assert score.error is None
    assert score.value >= 1


def test_given_classes_group_the_samples():
    rng = np.random.default_rng(0)
    logits, classes = rng.normal(0, 2, (9, 3)), np.array([0, 4, 0, 4, 4, 0, 4, 0, 1])
    p = softmax(logits, axis=1)
    truth = [np.exp(np.mean([entropy(a, b) for a in p[classes == c] for b in p[classes == c]])) for c in (0, 1, 4)]
    assert_allclose(modified_inception_score(torch.tensor(logits), torch.tensor(classes)).value, np.mean(truth))


@pytest.mark.parametrize("classes", [1, 2, 10])
def test_equal_predictions_score_one(classes, device):
    row = torch.randn(1, classes, device=device)
    assert_allclose(modified_inception_score(row.repeat(7, 1)).value, 1, atol=1e-12)


def test_rounding_leads_to_no_score_below_one():
    rows = 3 * torch.randn(40, 5, dtype=torch.float64)
    assert min(modified_inception_score(row.repeat(7, 1)).value for row in rows) == 1


def test_logits_in_float32_are_widened_before_anything_else():
    logits = 5 * torch.randn(30, 4)
    assert modified_inception_score(logits) == modified_inception_score(logits.double())


def test_of_one_class_it_is_the_inception_score_times_the_marginals_entropy_to_the_geometric_mean():
    logits = np.random.default_rng(1).normal(0, 2, (50, 4))
    p = softmax(logits, axis=1)
    geometric = gmean(p)  # sums to less than one
    factor = np.exp(np.sum(p.mean(0) * np.log(p.mean(0) / geometric)))
    found = modified_inception_score(torch.tensor(logits), torch.zeros(50, dtype=torch.long)).value
    assert_allclose(found, inception_score(torch.tensor(logits), splits=1).value * factor)


def test_two_symmetric_predictions_give_the_closed_form():
    # KL((p, 1 - p) || (1 - p, p)) = (2p - 1) log(p / (1 - p)); half of the pairs are of a sample with itself.
    p = 0.8
    logits = torch.tensor(np.log([[p, 1 - p], [1 - p, p]]))
    truth = np.exp((2 * p - 1) * np.log(p / (1 - p)) / 2)
    assert_allclose(modified_inception_score(logits, torch.zeros(2)).value, truth)
    assert modified_inception_score(logits).value == 1  # each alone in its own class


def test_a_sure_classifiers_logits_lose_nothing():
    # Of probabilities all would be 0 or 1, and the logarithm of 0 infinite: log p = -200 and -400 here.
    logits = torch.tensor([[400.0, 200.0, 0.0], [400.0, 0.0, 200.0]], dtype=torch.float64)
    assert_allclose(modified_inception_score(logits).value, 1, atol=1e-12)
    logits = torch.tensor([[60.0, 0.0], [0.0, 60.0]], dtype=torch.float64)
    assert_allclose(modified_inception_score(logits, torch.zeros(2)).value, np.exp(30))


def test_a_constant_added_to_a_samples_logits_changes_nothing():
    logits = torch.randn(20, 3, dtype=torch.float64)
    shifted = logits + 100 * torch.arange(20)[:, None]
    assert_allclose(modified_inception_score(shifted).value, modified_inception_score(logits).value)


def test_what_lies_on_mps_leaves_it_to_be_widened():
    logits, classes = torch.randn(9, 3), torch.arange(9) % 2
    assert modified_inception_score(on_mps(logits)) == modified_inception_score(logits)
    assert modified_inception_score(on_mps(logits), on_mps(classes)) == modified_inception_score(logits, classes)


def test_logits_that_carry_gradients_give_a_plain_number():
    assert type(modified_inception_score(torch.randn(9, 3, requires_grad=True)).value) is float


@pytest.mark.parametrize(
    ("logits", "classes", "words"),
    [
        (torch.zeros(0, 3), None, "finite matrix"),
        (torch.zeros(4, 0), None, "finite matrix"),
        (torch.zeros(4), None, "finite matrix"),
        (torch.full((4, 3), float("nan")), None, "finite matrix"),
        (torch.zeros(4, 3), torch.zeros(3), r"classes must be 4 numbers \[N\], but have shape \[3\]"),
        (torch.zeros(4, 3), torch.zeros(4, 1), r"have shape \[4, 1\]"),
    ],
)
def test_bad_input_is_refused_in_words(logits, classes, words):
    with pytest.raises(ValueError, match=words):
        modified_inception_score(logits, classes)


def test_component_looks_through_a_classifiers_head_at_the_fakes():
    class Known(Judge):
        def head(self, features):
            return 2 * features

    fake = torch.randn(30, 3)
    metric = ModifiedInceptionScore(features=Known())
    assert metric.compute(torch.zeros(2, 3), fake) == modified_inception_score(2 * fake)
    assert metric.title() == "m_is_judge"
    assert (metric.direction, metric.range, metric.samples) == ("higher", (1, np.inf), 5000)


def test_features_without_classes_are_refused_in_words():
    with pytest.raises(ValueError, match="features that classify, got 'pixels'"):
        ModifiedInceptionScore(features=PIXELS)
