"""The chain of noise against its own definition, one step at a time, and against Bayes' rule.

Mutations caught: alpha and beta exchanged in the mean of a step back; `before` not shifted.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.blocks.diffusion import betas, diffusion

HOST = torch.device("cpu")
plans = pytest.mark.parametrize("plan", ["linear", "cosine"])


def test_the_linear_plan_of_a_thousand_steps_is_the_papers():
    beta = betas(1000, "linear")
    np.testing.assert_allclose(beta, np.linspace(1e-4, 0.02, 1000), rtol=1e-12)


@pytest.mark.parametrize("steps", [50, 100, 400])
def test_fewer_linear_steps_end_about_as_noisy(steps):
    left, long = float(diffusion(steps, "linear", HOST).kept[-1]), float(diffusion(1000, "linear", HOST).kept[-1])
    assert long == pytest.approx(4.0e-5, rel=0.02)  # exp(-sum) of the paper's betas
    assert left < 1.2 * long


@given(st.integers(2, 60))
@settings(max_examples=10)
def test_the_cosine_plan_keeps_squared_cosines(steps):
    angles = (np.arange(steps + 1) / steps + 0.008) / 1.008 * np.pi / 2
    kept = diffusion(steps, "cosine", HOST).kept.numpy()
    np.testing.assert_allclose(kept[:-1], (np.cos(angles) ** 2 / np.cos(angles[0]) ** 2)[1:-1], rtol=1e-9)
    assert betas(steps, "cosine")[-1] == 0.999


@plans
def test_noise_by_noise_and_at_once_have_the_same_moments(plan):
    chain, mean, variance = diffusion(30, plan, HOST), 1.0, 0.0
    for t, beta in enumerate(betas(30, plan)):
        mean, variance = np.sqrt(1 - beta) * mean, (1 - beta) * variance + beta
        here = chain.at(torch.tensor([t]), torch.zeros(1, 1, dtype=torch.float64))
        assert float(here.noisy(torch.ones(1, 1), torch.zeros(1, 1))) == pytest.approx(mean, rel=1e-10)
        assert float(here.noisy(torch.zeros(1, 1), torch.ones(1, 1))) ** 2 == pytest.approx(variance, rel=1e-10)


@plans
@given(t=st.integers(1, 29), x=st.floats(-2, 2), noisy=st.floats(-3, 3))
@settings(max_examples=20)
def test_a_step_back_is_the_conditional_gaussian(plan, t, x, noisy):
    beta = betas(30, plan)
    kept = np.cumprod(1 - np.array(beta))
    # (x_(t-1), x_t) given x is jointly Gaussian; condition its second component.
    means = np.sqrt(kept[t - 1]) * x * np.array([1, np.sqrt(1 - beta[t])])
    spread = (1 - kept[t - 1]) * np.array([[1, np.sqrt(1 - beta[t])], [np.sqrt(1 - beta[t]), 1 - beta[t]]])
    spread[1, 1] += beta[t]
    gain = spread[0, 1] / spread[1, 1]
    here = diffusion(30, plan, HOST).at(torch.tensor([t]), torch.zeros(1, dtype=torch.float64))
    found = here.mean(*torch.tensor([[noisy], [x]], dtype=torch.float64))
    assert float(found) == pytest.approx(means[0] + gain * (noisy - means[1]), abs=1e-9)
    assert float(here.variance()) == pytest.approx(spread[0, 0] - gain * spread[0, 1], abs=1e-12)


@plans
def test_the_first_step_back_is_the_data_itself(plan):
    here = diffusion(30, plan, HOST).at(torch.tensor([0]), torch.zeros(1, 1, dtype=torch.float64))
    assert float(here.variance()) == 0
    assert float(here.mean(torch.tensor([[9.0]]), torch.tensor([[0.3]]))) == pytest.approx(0.3)


@plans
def test_what_noise_made_can_be_taken_back(plan, device):
    x, noise = torch.randn(2, 5, 3, 2, device=device, dtype=torch.float64).unbind()
    here = diffusion(40, plan, device).at(torch.tensor([0, 3, 10, 20, 38], device=device), x)
    torch.testing.assert_close(here.clean(here.noisy(x, noise), noise), x)


def test_a_linear_plan_that_would_leave_less_than_nothing_is_refused():
    with pytest.raises(ValueError, match="more than 20 steps, got 20; take 21, or schedule='cosine'"):
        betas(20, "linear")
    assert max(betas(21, "linear")) < 1
