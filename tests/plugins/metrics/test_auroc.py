"""AUROC by counting pairs, by scipy's test of Mann and Whitney, and by the binormal closed form.

Mutations tried (a test failed for each): ties counted whole, the negatives' variance left out, positives and negatives
exchanged.
"""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import mannwhitneyu, norm

from mps import on_mps
from rivalry_zoo.metrics.auroc import Auroc, auroc


def won(a, b):
    """The part of two numbers' comparison that the first wins."""
    return (a > b) + (a == b) / 2


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 9), st.integers(0, 10**6))
@settings(max_examples=20)
def test_area_is_the_part_of_pairs_in_the_right_order_with_delongs_error(positives, negatives, kinds, seed):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(kinds, size=positives + negatives), np.repeat([1, 0], [positives, negatives])
    a, b = scores[:positives], scores[positives:]
    order = rng.permutation(len(labels))
    score = auroc(torch.tensor(scores[order] / 7), torch.tensor(labels[order]))
    table = np.array([[won(x, y) for y in b] for x in a])
    assert_allclose(score.value, np.mean([won(x, y) for x, y in product(a, b)]), rtol=1e-13, atol=1e-13)
    assert_allclose(score.value, mannwhitneyu(a, b).statistic / (positives * negatives), atol=1e-12)
    truth = np.sqrt(table.mean(1).var(ddof=1) / positives + table.mean(0).var(ddof=1) / negatives)
    assert_allclose(score.error, truth, atol=1e-7)


def test_sorted_reversed_and_constant_scores_are_one_nothing_and_half(device):
    labels = torch.tensor([0, 0, 1, 1, 1], device=device)
    rising = torch.arange(5.0, device=device)
    assert [auroc(s, labels).value for s in (rising, -rising, 0 * rising)] == [1, 0, 0.5]
    assert [auroc(s, labels).error for s in (rising, -rising, 0 * rising)] == [0, 0, 0]


def test_two_gaussians_give_the_closed_form_within_their_error():
    rng = np.random.default_rng(0)
    scores = np.r_[rng.normal(1, 2, 3000), rng.normal(0, 1, 5000)]
    score = auroc(torch.tensor(scores), torch.tensor(np.repeat([True, False], [3000, 5000])))
    assert abs(score.value - norm.cdf(1 / np.sqrt(5))) < 3 * score.error
    assert 0.003 < score.error < 0.01


def test_error_is_the_spread_over_repetitions():
    rng = np.random.default_rng(1)
    labels = torch.tensor(np.repeat([1, 0], [20, 60]))
    found = [auroc(torch.tensor(rng.normal(size=80) + np.repeat([1, 0], [20, 60])), labels) for _ in range(300)]
    assert_allclose(np.std([s.value for s in found]), np.sqrt(np.mean([s.error**2 for s in found])), rtol=0.1)


@pytest.mark.parametrize("monotone", [np.exp, lambda s: 3 * s - 5, np.cbrt])
def test_only_the_order_of_scores_counts(monotone):
    rng = np.random.default_rng(2)
    scores, labels = rng.normal(size=30), torch.tensor(rng.integers(2, size=30))
    assert auroc(torch.tensor(monotone(scores)), labels) == auroc(torch.tensor(scores), labels)


@pytest.mark.parametrize("labels", [[1, 0, 0], [1, 1, 0]])
def test_a_single_positive_or_negative_has_no_error(labels):
    assert auroc(torch.tensor([3.0, 2.0, 1.0]), torch.tensor(labels)).value == 1
    assert auroc(torch.tensor([3.0, 2.0, 1.0]), torch.tensor(labels)).error is None


def test_two_of_each_have_an_error():
    score = auroc(torch.tensor([4.0, 2.0, 3.0, 1.0]), torch.tensor([1, 1, 0, 0]))
    # Positives win 1 and 1/2 of their pairs, negatives lose 1/2 and 1: each variance is 1/8.
    assert_allclose([score.value, score.error], [0.75, np.sqrt(1 / 8)])


@pytest.mark.parametrize(
    ("scores", "labels", "words"),
    [
        (torch.zeros(3), torch.tensor([0, 1]), r"shapes \[3\] and \[2\]"),
        (torch.zeros(4, 2), torch.tensor([0, 1, 0, 1]), r"shapes \[4, 2\] and \[4\]"),
        (torch.zeros(2, 1), torch.tensor([[0], [1]]), r"shapes \[2, 1\] and \[2, 1\]"),
        (torch.zeros(0), torch.zeros(0), "at least one"),
        (torch.zeros(2), torch.tensor([0, 2]), "labels must be 0 for negatives and 1 for positives"),
        (torch.zeros(2), torch.tensor([-1, 1]), "labels must be 0 for negatives and 1 for positives"),
        (torch.zeros(2), torch.tensor([0, 0]), "wanted positives and negatives, got 0 and 2"),
        (torch.zeros(2), torch.tensor([1, 1]), "wanted positives and negatives, got 2 and 0"),
        (torch.tensor([0.0, float("nan")]), torch.tensor([0, 1]), "scores must be finite"),
    ],
)
def test_bad_input_is_refused_in_words(scores, labels, words):
    with pytest.raises(ValueError, match=words):
        auroc(scores, labels)


def test_component_takes_every_other_class_for_odd():
    scores, labels = torch.tensor([[0.1], [0.9], [0.4], [0.3]]), torch.tensor([0, 1, 2, 2])
    assert Auroc().compute(scores, labels).value == 1
    assert Auroc().compute(scores, labels) == Auroc().compute(scores.squeeze(1), labels)
    assert Auroc(normal=2).compute(scores.squeeze(1), labels).value == 0.5
    assert (Auroc.direction, Auroc.range, Auroc.needs, Auroc().samples) == ("higher", (0, 1), ("pairs",), 1000)


def test_scores_that_carry_gradients_give_plain_numbers():
    score = auroc(torch.randn(9, requires_grad=True), torch.arange(9) % 2)
    assert type(score.value) is type(score.error) is float


def test_scores_and_labels_may_lie_on_two_devices():
    scores, labels = torch.tensor([0.3, 0.2, 0.1]), torch.tensor([1, 0, 0])
    assert auroc(on_mps(scores), labels).value == auroc(scores, on_mps(labels)).value == 1
