"""Gaussians of encoders against scipy's quadrature of the divergence.

Mutations caught: the variance in place of its logarithm; the mean over components instead of the sum; no half.
"""

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from rivalry_zoo.blocks.gaussians import divergence, gaussian_of


def kl(mean: float, log_variance: float) -> float:
    own = norm(mean, np.exp(log_variance / 2))
    return quad(lambda x: own.pdf(x) * (own.logpdf(x) - norm.logpdf(x)), mean - 12, mean + 12)[0]


def test_the_divergence_is_summed_over_components_and_given_for_each_sample():
    mean = torch.tensor([[0.3, -1.1], [0.0, 2.0]], dtype=torch.float64)
    log_variance = torch.tensor([[0.7, -0.4], [0.0, 0.5]], dtype=torch.float64)
    expected = [sum(map(kl, *pair)) for pair in zip(mean.tolist(), log_variance.tolist(), strict=True)]
    np.testing.assert_allclose(divergence(mean, log_variance).numpy(), expected, rtol=1e-7)


def test_half_precision_is_widened():
    mean, log_variance = gaussian_of((torch.zeros(2, 3).half(), torch.ones(2, 3).half()))
    assert mean.dtype == log_variance.dtype == torch.float32


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (torch.zeros(2, 3), "got a plain code"),
        ((torch.zeros(2, 3),), "got a plain code"),
        ((torch.zeros(2, 3), torch.zeros(2, 4)), r"of one shape, got \(2, 3\) and \(2, 4\)"),
    ],
)
def test_what_is_no_gaussian_is_refused_in_words(given, words):
    with pytest.raises(ValueError, match=words):
        gaussian_of(given)
