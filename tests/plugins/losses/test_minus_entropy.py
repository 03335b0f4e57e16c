"""The nearest-neighbour entropy against scipy's tree and digamma, Gaussian entropies, and the law of an energy.

Mutations that turn this red: the sign; the logarithm of the volume left out; the distance to oneself counted; psi(N)
for psi(N) - psi(k).
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.special import digamma
from scipy.stats import multivariate_normal

from rivalry_zoo.losses.minus_entropy import MinusEntropy

VOLUMES = {1: 2.0, 2: np.pi, 3: 4 * np.pi / 3, 4: np.pi**2 / 2}


def normal(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def by_tree(x, k):
    n, d = x.shape
    radius = cKDTree(x).query(x, k + 1)[0][:, -1]
    return digamma(n) - digamma(k) + np.log(VOLUMES[d]) + d * np.log(radius).mean()


@settings(max_examples=20)
@given(st.integers(4, 12), st.sampled_from(list(VOLUMES)), st.integers(1, 3), st.integers(0, 99))
def test_it_is_minus_the_kozachenko_leonenko_estimate(n, d, k, seed):
    x = normal(n, d, seed)
    assert MinusEntropy(k)(torch.tensor(x)).item() == pytest.approx(-by_tree(x, k), abs=1e-10)


@pytest.mark.parametrize("k", [1, 4])
def test_it_finds_the_entropy_of_gaussians(k, device):
    cov = np.array([[2.0, 0.6], [0.6, 0.5]])
    x = multivariate_normal([1, -1], cov).rvs(2000, random_state=3)
    found = -MinusEntropy(k)(torch.tensor(x, device=device)).item()
    assert found == pytest.approx(multivariate_normal([1, -1], cov).entropy(), abs=0.1)


def test_a_generator_that_pays_energy_and_this_is_as_far_from_the_energys_law_as_kullback_and_leibler_say():
    """U = |x|^2 / 2 in the plane, whose law is N(0, I) with Z = 2 pi; q = N(mu, s^2 I)."""
    for mean, scale in ((0.0, 1.0), (1.5, 1.0), (0.0, 0.4), (0.0, 2.0)):
        x = mean + scale * normal(2000, 2)
        paid = (x**2).sum(1).mean() / 2 + MinusEntropy()(torch.tensor(x)).item() + np.log(2 * np.pi)
        kl = scale**2 - 1 - 2 * np.log(scale) + mean**2
        assert paid == pytest.approx(kl, abs=0.15 * (1 + kl))


def test_a_scale_adds_its_logarithm_and_a_shift_nothing():
    x = normal(9, 3)
    plain = MinusEntropy()(torch.tensor(x)).item()
    assert MinusEntropy()(torch.tensor(5 * x + 7)).item() == pytest.approx(plain - 3 * np.log(5))
    assert MinusEntropy()(torch.tensor(x.reshape(9, 3, 1, 1))).item() == pytest.approx(plain)


def test_derivative_is_right():
    assert torch.autograd.gradcheck(MinusEntropy(2), torch.tensor(normal(6, 3), requires_grad=True))


def test_samples_that_coincide_push_nowhere():
    x = torch.tensor([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    loss = MinusEntropy()(x)
    tiny = np.log(np.finfo(np.float32).tiny)
    assert loss.item() == pytest.approx(-1.5 - np.log(np.pi) - 2 / 3 * (2 * tiny + np.log(5)), rel=1e-5)
    (gradient,) = torch.autograd.grad(loss, x)
    assert gradient.isfinite().all()
    np.testing.assert_allclose(gradient[2], -2 / 3 * np.array([3, 4]) / 25, rtol=1e-5)


def test_half_precision_is_widened():
    x = torch.tensor(1e4 * normal(5, 2), dtype=torch.float16)
    assert MinusEntropy()(x).item() == pytest.approx(-by_tree(x.double().numpy(), 1), rel=1e-4)


@pytest.mark.parametrize("k", [1, 3])
def test_no_more_samples_than_neighbours_are_refused_in_words(k):
    with pytest.raises(ValueError, match=f"wanted more samples than neighbours, got {k} for k={k}"):
        MinusEntropy(k)(torch.randn(k, 2))
    assert MinusEntropy(k)(torch.randn(k + 1, 2)).isfinite()
