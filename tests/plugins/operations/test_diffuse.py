"""Data on its way into noise. Mutations caught: sqrt left out; t read one step late."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.diffuse import Diffuse

DIFFUSE = Diffuse()


def test_moments_are_those_of_the_chain(device):
    n, steps = 20_000, 40
    numbers = np.random.default_rng(0)
    x = np.full(n, 2.0)
    for beta in np.linspace(1e-4, 0.02, steps)[:11] * 1000 / steps:
        x = np.sqrt(1 - beta) * x + np.sqrt(beta) * numbers.normal(size=n)
    torch.manual_seed(0)
    t = torch.full((n,), 10, device=device)
    found = DIFFUSE(torch.full((n, 1), 2.0, device=device), torch.randn(n, 1).to(device), t, steps=steps)
    assert float(found.mean()) == pytest.approx(x.mean(), abs=0.02)
    assert float(found.std()) == pytest.approx(x.std(), rel=0.02)


def test_every_sample_stands_at_its_own_time():
    x, e, t = torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2), torch.tensor([0, 500, 999])
    kept = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))[[0, 500, 999]]
    found = DIFFUSE(x, e, t)
    assert found.shape == x.shape
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found[:, 0, 1, 1], np.sqrt(kept), rtol=1e-5)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_unit_variance_stays(schedule):
    torch.manual_seed(0)
    x, e = torch.randn(2, 4000, 4).unbind()
    found = DIFFUSE(x, e, torch.randint(50, (4000,)), steps=50, schedule=schedule)
    assert float(found.var()) == pytest.approx(1, rel=0.03)


def test_the_gradient_of_the_data_is_what_is_kept():
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    DIFFUSE(x, torch.randn(4, 3).double(), torch.full((4,), 99), steps=100).sum().backward()
    kept = np.cumprod(1 - np.linspace(1e-3, 0.2, 100))[-1]
    np.testing.assert_allclose(x.grad.numpy(), np.sqrt(kept), rtol=1e-10)


def test_noise_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"noise of the data's shape, got \[4, 3\] and \[4, 2\]"):
        DIFFUSE(torch.zeros(4, 2), torch.zeros(4, 3), torch.zeros(4, dtype=torch.int64))
