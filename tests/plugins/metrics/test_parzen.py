"""The Parzen estimate against exact Gaussians, scipy's mixture densities and quadrature.

Mutations tried (a test failed for each): 2 of the exponent dropped, log M not subtracted, d dropped from the
normalisation, the roles of real and fake exchanged.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import multivariate_normal

from rivalry_zoo.blocks import feature_sets
from rivalry_zoo.metrics import parzen as module
from rivalry_zoo.metrics.parzen import GRID, Parzen, log_densities, parzen


def mixture(points, centres, bandwidth):
    """Log-densities by scipy, component by component."""
    covariance = bandwidth**2 * np.eye(points.shape[1])
    each = [np.atleast_1d(multivariate_normal.logpdf(points, c, covariance)) for c in centres]
    return np.logaddexp.reduce(each, axis=0) - np.log(len(centres))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 4), st.floats(0.05, 5), st.integers(0, 10**6))
@settings(max_examples=40)
def test_value_is_scipys_mixture_of_gaussians(n, m, d, bandwidth, seed):
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(1, 2, (n, d)), rng.normal(size=(m, d))
    score, truth = parzen(torch.tensor(real), torch.tensor(fake), bandwidth), mixture(real, fake, bandwidth)
    assert_allclose(score.value, truth.mean(), rtol=1e-9, atol=1e-9)
    if n > 1:
        assert_allclose(score.error, truth.std(ddof=1) / np.sqrt(n), rtol=1e-6, atol=1e-9)
    else:
        assert score.error is None


def test_two_real_samples_are_enough_to_choose_a_bandwidth_and_two_scored_ones_for_an_error():
    score = parzen(torch.tensor([[0.0], [0.0]]), torch.zeros(1, 1))  # the likeliest at the middle is the narrowest
    assert_allclose(score.value, -np.log(0.1 * np.sqrt(2 * np.pi)))
    assert score.error is None
    score = parzen(torch.tensor([[1.0], [2.0]]), torch.zeros(1, 1), 1.0)
    assert_allclose([score.value, score.error], [-2.5 / 2 - np.log(2 * np.pi) / 2, 1.5 / 2])


@pytest.mark.parametrize("d", [1, 3])
def test_one_fake_gives_the_exact_gaussian(d, device):
    real, fake = torch.full((4, d), 2.0, device=device), torch.full((1, d), 0.5, device=device)
    truth = -d * 1.5**2 / (2 * 0.7**2) - d / 2 * np.log(2 * np.pi * 0.49)
    score = parzen(real, fake, 0.7)
    assert_allclose([score.value, score.error], [truth, 0], atol=1e-9)


def test_density_integrates_to_one():
    centres = torch.tensor([[-1.0], [0.3], [2.0]], dtype=torch.float64)

    def density(t):
        return float(log_densities(torch.tensor([[t]], dtype=torch.float64), centres, 0.4).exp())

    assert_allclose(quad(density, -5, 6, points=[-1, 0.3, 2])[0], 1, rtol=1e-8)


def test_a_bandwidth_is_chosen_on_the_first_tenth_and_scored_on_the_rest():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(54, 2)), rng.normal(size=(30, 2))
    assert_allclose(GRID, np.logspace(-1, 0, 10))
    best = max(np.logspace(-1, 0, 10), key=lambda s: mixture(real[:5], fake, s).mean())
    assert 0.1 < best < 1
    assert_allclose(parzen(torch.tensor(real), torch.tensor(fake)).value, mixture(real[5:], fake, best).mean())


def test_far_away_the_likelihood_is_finite_and_low():
    score = parzen(torch.full((3, 2), 1e3), torch.zeros(5, 2), 0.1)
    assert_allclose(score.value, -1e8, rtol=1e-6)


def test_constants_are_the_peak_even_far_from_the_origin():
    value = parzen(torch.full((9, 2), 1e4), torch.full((5, 2), 1e4), 0.1).value
    assert_allclose(value, -np.log(2 * np.pi * 0.01), rtol=1e-6)


def test_slices_of_the_distance_matrix_change_nothing(monkeypatch):
    g = torch.Generator().manual_seed(2)
    real, fake = torch.randn(60, 3, generator=g), torch.randn(45, 3, generator=g)
    whole = parzen(real, fake, 0.5)
    monkeypatch.setattr(module, "spans", lambda rows, columns: feature_sets.spans(rows, columns, values=500))
    assert_allclose(parzen(real, fake, 0.5).value, whole.value, rtol=1e-12)


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(1, 2), torch.zeros(5, 2), "give two, or a bandwidth"),
        (torch.zeros(5, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        parzen(real, fake)


def test_component_computes_the_function_and_warns_in_its_description():
    x, y = torch.eye(4), torch.ones(3, 4)
    assert Parzen(bandwidth=0.3).compute(x, y) == parzen(x, y, 0.3)
    assert Parzen().compute(x, y) == parzen(x, y)
    assert type(parzen(x, y).value) is type(parzen(x, y).error) is float
    assert "Warning" in Parzen.__doc__
