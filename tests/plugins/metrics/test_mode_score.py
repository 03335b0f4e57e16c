"""The mode score against SciPy's relative entropies, the inception score, and frequencies of one-hot classes.

Mutations tried (a test failed for each): the second divergence added, its arguments exchanged, real and fake exchanged,
the marginal of the fakes for that of the data, the exponential left out.
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
from rivalry_zoo.features.judge import Judge
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.inception_score import inception_score
from rivalry_zoo.metrics.mode_score import ModeScore, mode_score


def sure(*counts):
    """Logits of samples whose class is certain, so many of each."""
    return torch.tensor(np.repeat(np.where(np.eye(len(counts)), 0, -60.0), counts, axis=0))


@given(st.integers(1, 6), st.integers(1, 20), st.integers(1, 20), st.integers(0, 10**6), st.sampled_from([0.1, 3.0]))
@settings(max_examples=30)
def test_it_is_scipys_relative_entropies(classes, n, m, seed, spread):
    draw = np.random.default_rng(seed)
    real, fake = (draw.normal(0, spread, (rows, classes)) for rows in (n, m))
    p, wanted = softmax(fake, axis=1), softmax(real, axis=1).mean(0)
    value = mode_score(torch.tensor(real), torch.tensor(fake)).value
    truth = np.mean([entropy(row, p.mean(0)) for row in p]) - entropy(p.mean(0), wanted)
    assert_allclose(value, np.exp(truth), rtol=1e-9)


def test_logits_leave_mps_and_are_widened():
    real, fake = torch.randn(9, 3), torch.randn(7, 3)
    score = mode_score(on_mps(real), on_mps(fake))
    assert score == mode_score(real, fake) == mode_score(real.double(), fake.double())
    assert type(score.value) is float


def test_of_equal_frequencies_it_is_the_inception_score(device):
    logits = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert_allclose(mode_score(logits, logits).value, inception_score(logits, splits=1).value)


def test_sure_and_balanced_is_the_number_of_classes_and_another_frequency_costs():
    assert_allclose(mode_score(sure(5, 5, 5), sure(2, 2, 2)).value, 3)
    # Two of three classes: 2 over 3 / 2. Two classes as 1 : 3: by SciPy.
    assert_allclose(mode_score(sure(5, 5, 5), sure(4, 4, 0)).value, 4 / 3)
    assert_allclose(
        mode_score(sure(1, 1), sure(1, 3)).value, np.exp(entropy([1, 3]) - entropy([1, 3], [1, 1])), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(4, 3), torch.zeros(0, 3), "fake must be a finite matrix"),
        (torch.zeros(4), torch.zeros(4, 3), "real must be a finite matrix"),
        (torch.full((4, 3), float("nan")), torch.zeros(4, 3), "real must be a finite matrix"),
        (torch.zeros(4, 3), torch.zeros(4, 2), "equally many classes, not 3, 2"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        mode_score(real, fake)


def test_component_looks_through_a_classifiers_head():
    class Known(Judge):
        def head(self, features):
            return 2 * features

    real, fake = torch.randn(2, 9, 3, generator=torch.Generator().manual_seed(1))
    assert ModeScore(features=Known()).compute(real, fake) == mode_score(2 * real, 2 * fake)
    assert isinstance(ModeScore().features, Judge)
    assert ModeScore().features is not ModeScore().features
    assert (ModeScore.direction, ModeScore().samples, ModeScore.range) == ("higher", 5000, (0, np.inf))


def test_features_without_classes_are_refused_in_words():
    with pytest.raises(ValueError, match="features that classify, got 'pixels'"):
        ModeScore(features=PIXELS)
