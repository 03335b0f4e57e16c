"""The divergence from the standard normal against quadrature.

Mutations that turn this red: no half; the mean over components instead of the sum; half precision.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from rivalry_zoo.blocks.heads import Gaussian
from rivalry_zoo.losses.kl_normal import KLNormal

LOSS = KLNormal()
numbers = st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=4)


def divergence(mean: float, log_variance: float) -> float:
    law = norm(mean, np.exp(log_variance / 2))
    reach = 12 * law.std()
    integrand = lambda x: law.pdf(x) * (law.logpdf(x) - norm.logpdf(x))  # noqa: E731
    return quad(integrand, mean - reach, mean + reach, points=[mean])[0]


@settings(max_examples=15)
@given(numbers)
def test_value_is_the_integral_summed_over_components(components):
    mean, log_variance = torch.tensor(components, dtype=torch.float64).T
    expected = sum(divergence(*pair) for pair in components)
    found = LOSS(Gaussian(mean[None], log_variance[None]))
    assert found.item() == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert found >= 0


def test_it_is_the_mean_over_samples_of_any_shape(device):
    mean, log_variance = torch.randn(2, 5, 2, 3, dtype=torch.float64, device=device)
    each = [LOSS((mean[i : i + 1], log_variance[i : i + 1])).item() for i in range(5)]
    assert LOSS(mean, log_variance).item() == pytest.approx(np.mean(each))


def test_it_vanishes_with_its_gradient_at_the_prior_alone():
    law = torch.zeros(2, 3, 4, dtype=torch.float64, requires_grad=True)
    loss = LOSS(Gaussian(law[0], law[1]))
    loss.backward()
    assert loss.item() == 0
    assert not law.grad.any()


def test_derivatives_are_right():
    mean, log_variance = torch.randn(2, 2, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(LOSS, (mean.requires_grad_(), log_variance.requires_grad_()))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_large_means_are_finite_in_half_precision(dtype):
    assert LOSS(torch.full((2, 3), 1e3, dtype=dtype), torch.zeros(2, 3, dtype=dtype)).isfinite()


@pytest.mark.parametrize("tensors", [(torch.zeros(3, 2),), (torch.zeros(3, 2),) * 3, ((torch.zeros(3, 2),) * 3,)])
def test_what_is_no_gaussian_is_refused_in_words(tensors):
    with pytest.raises(ValueError, match="needs a Gaussian's mean and log-variance"):
        LOSS(*tensors)


def test_differing_shapes_are_refused_in_words():
    with pytest.raises(ValueError, match="must be of one shape"):
        LOSS(torch.zeros(3, 2), torch.zeros(3, 1))
