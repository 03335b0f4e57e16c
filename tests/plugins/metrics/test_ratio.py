"""The ratio of means against numpy, and its error against repetitions.

Mutations tried (a test failed for each): the mean of ratios; the error not divided by the second mean.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.ratio import Ratio, ratio


def test_value_is_the_ratio_of_the_means(device):
    a, b = np.random.default_rng(0).uniform(1, 5, size=(2, 6, 3))
    score = ratio(*(torch.tensor(x, device=device) for x in (a, b)))
    assert_allclose(score.value, a.mean() / b.mean(), rtol=1e-12)


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_error_is_the_spread_over_repetitions(shared):
    rng = np.random.default_rng(1)
    scores = []
    for _ in range(400):
        common = rng.normal(size=(60, 1))
        a, b = (
            4 + shared * common + 0.5 * rng.normal(size=(60, 1)),
            -2 - shared * common + 0.1 * rng.normal(size=(60, 1)),
        )
        scores.append(ratio(torch.tensor(a), torch.tensor(b)))
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.12)


def test_equal_quantities_have_ratio_one_without_any_error():
    x = torch.rand(9, 2, dtype=torch.float64) + 1
    assert ratio(3 * x, x).value == pytest.approx(3)
    assert ratio(3 * x, x).error == pytest.approx(0, abs=1e-12)
    assert ratio(x[:1], x[:1]).error is None


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (torch.ones(3), torch.ones(4), "equally many samples, not 3 and 4"),
        (torch.ones(3), torch.zeros(3), "must not have the mean 0"),
        (torch.ones(3), torch.full((3,), float("inf")), "finite numbers"),
    ],
)
def test_bad_input_is_refused_in_words(first, second, words):
    with pytest.raises(ValueError, match=words):
        ratio(first, second)


def test_component_computes_the_function():
    a, b = torch.rand(2, 5) + 1
    assert Ratio().compute(a, b) == ratio(a, b)


def test_two_samples_have_an_error_by_hand():
    score = ratio(torch.tensor([1.0, 3.0]), torch.tensor([-4.0, -4.0]))  # rests of -1 and 1, over 4
    assert (score.value, score.error) == (-0.5, pytest.approx(0.25))
    assert type(score.value) is type(score.error) is float
    assert ratio(torch.ones(2), torch.tensor([0.5, 0.5])).value == 2
