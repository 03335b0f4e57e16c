"""Class agreement on labels counted by hand.

Mutations tried (a test failed for each): unequal labels counted, the error multiplied by n.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.conditional_accuracy import ConditionalAccuracy, class_agreement, conditional_accuracy


def test_share_of_equal_labels_with_its_binomial_error():
    score = class_agreement(torch.tensor([0, 1, 2, 2, 1]), torch.tensor([0, 1, 2, 0, 0]))
    assert_allclose([score.value, score.error], [0.6, np.sqrt(0.24 / 5)])


def test_binomial_error_is_the_spread_over_repetitions():
    draws = np.random.default_rng(0).random((400, 200)) < 0.3
    scores = [class_agreement(torch.tensor(row).long(), torch.ones(200, dtype=torch.long)) for row in draws]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.1)


def test_likeliest_class_of_the_logits_counts(device):
    logits = torch.tensor([[3.0, 1.0], [-5.0, -4.0], [0.0, 2.0], [1.0, 0.0]], device=device)
    assert conditional_accuracy(logits, torch.tensor([0, 1, 1, 1])).value == 0.75


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (torch.zeros(0, 3), torch.zeros(0, dtype=torch.long)),
        (torch.zeros(4, 3), torch.zeros(3, dtype=torch.long)),
        (torch.zeros(4), torch.zeros(4, dtype=torch.long)),
        (torch.full((4, 3), float("nan")), torch.zeros(4, dtype=torch.long)),
    ],
)
def test_bad_input_is_refused_in_words(logits, labels):
    with pytest.raises(ValueError, match="must be"):
        conditional_accuracy(logits, labels)


def test_labels_of_two_dimensions_are_refused_in_words():
    with pytest.raises(ValueError, match=r"equally many labels \[N\], .* shapes \[2, 2\] and \[2, 2\]"):
        class_agreement(torch.zeros(2, 2), torch.zeros(2, 2))


class Doubling:
    """Features whose head is known."""

    name = "doubling"

    def head(self, features):
        return -2 * features


def test_the_component_looks_through_the_head_at_the_fakes():
    fake, labels = torch.tensor([[3.0, 1.0], [-5.0, -4.0], [0.0, 2.0]]), torch.tensor([1, 0, 1])
    score = ConditionalAccuracy(Doubling()).compute(-fake, fake, labels=labels)
    assert score.value == pytest.approx(2 / 3)
    assert type(score.value) is float
    assert (ConditionalAccuracy.direction, ConditionalAccuracy.range) == ("higher", (0, 1))
    assert ConditionalAccuracy.needs == ("labels",)


def test_features_without_classes_are_refused_in_words():
    with pytest.raises(ValueError, match="features that classify, got 'pixels': write `features: judge`"):
        ConditionalAccuracy(PIXELS)
