"""The mean against numpy, and its error against repetitions.

Mutations tried (a test failed for each): error not divided by sqrt(N); error over all values rather than samples.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import sem

from mps import on_mps
from rivalry_zoo.metrics.mean import Mean, mean


@pytest.mark.parametrize("shape", [(7,), (7, 3), (7, 2, 4, 3)])
def test_value_and_error_are_those_of_the_samples_means(shape, device):
    x = np.random.default_rng(0).normal(size=shape)
    score = mean(torch.tensor(x, device=device))
    assert_allclose(score.value, x.mean(), rtol=1e-12)
    assert_allclose(score.error, sem(x.reshape(7, -1).mean(1)), rtol=1e-12)


def test_error_is_the_spread_over_repetitions_even_where_a_samples_values_agree():
    g = torch.Generator().manual_seed(0)
    scores = [mean(torch.randn(50, 1, generator=g).expand(50, 9)) for _ in range(300)]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.15)


def test_one_sample_has_no_error():
    assert mean(torch.ones(1, 4)).error is None
    assert mean(torch.ones(2, 4)).error == 0


@pytest.mark.parametrize("value", [torch.zeros(0, 3), torch.tensor(1.0), torch.tensor([1.0, float("nan")])])
def test_bad_input_is_refused_in_words(value):
    with pytest.raises(ValueError, match=r"must hold samples \[N, ...\] of finite numbers"):
        mean(value)


def test_component_computes_the_function():
    x = torch.randn(5, 2)
    assert Mean().compute(x) == mean(x)


def test_a_tensor_that_carries_gradients_gives_plain_numbers():
    score = mean(torch.tensor([1.0, 3.0], requires_grad=True))
    assert (score.value, score.error) == (2, 1)
    assert type(score.value) is type(score.error) is float


def test_what_lies_on_mps_leaves_it_to_be_widened():
    value = torch.rand(4, 2)
    assert mean(on_mps(value)) == mean(value) == mean(value.double())
