"""Class agreement through a classifier that is known: the sign of the first component.

Mutations tried (a test failed for each): partners classified where they are labels; the samples compared with
themselves.
"""

import pytest
import torch

from rivalry_zoo.features.pixels import Pixels
from rivalry_zoo.metrics.class_agreement import ClassAgreement


class Signs:
    """Class 1 where the first component is positive."""

    name = "signs"

    def classify(self, samples):
        return (samples[:, 0] > 0).long()


SAMPLES = torch.tensor([[1.0, 5.0], [-1.0, 5.0], [2.0, -5.0], [3.0, 0.0]])


def test_samples_beside_labels_agree_where_the_judge_says_the_label(device):
    score = ClassAgreement(Signs()).compute(SAMPLES.to(device), torch.tensor([1, 0, 0, 0], device=device))
    assert score.value == 0.5
    assert score.error == pytest.approx(0.25)


def test_samples_beside_samples_agree_where_the_judge_says_the_same(device):
    partners = torch.tensor([[9.0, 0.0], [-9.0, 0.0], [9.0, 0.0], [-9.0, 0.0]], device=device)
    assert ClassAgreement(Signs()).compute(SAMPLES.to(device), partners).value == 0.75


def test_features_that_do_not_classify_are_refused_in_words():
    with pytest.raises(ValueError, match="wanted features that classify, got 'pixels': write `features: judge`"):
        ClassAgreement(Pixels())


def test_unequally_many_are_refused():
    with pytest.raises(ValueError, match="equally many"):
        ClassAgreement(Signs()).compute(SAMPLES, torch.tensor([1, 0]))


def test_it_says_what_it_is():
    assert (ClassAgreement.direction, ClassAgreement.range, ClassAgreement.needs) == ("higher", (0, 1), ("pairs",))
