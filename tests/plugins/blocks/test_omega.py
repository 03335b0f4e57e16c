"""The logarithm of Wright's omega function, against scipy.

Mutations that turn this red: three of Newton's steps; the derivative 1 / (1 + exp(x)).
"""

import numpy as np
import pytest
import torch
from scipy.special import wrightomega

from rivalry_zoo.blocks.omega import log_omega


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_is_the_logarithm_of_wrights_omega_function(device, dtype):
    x = torch.tensor([*np.linspace(-30, 30, 121), 100, 1e4], dtype=dtype, device=device)
    expected = np.log(wrightomega(x.double().cpu().numpy()))
    np.testing.assert_allclose(log_omega(x).double().cpu(), expected, rtol=0, atol=20 * torch.finfo(dtype).eps * 30)


def test_far_left_it_is_the_identity():
    x = torch.tensor([-1e4, -800.0], dtype=torch.float64)
    assert torch.equal(log_omega(x), x)


def test_it_can_be_differentiated_twice():
    x = torch.linspace(-6, 6, 9, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(log_omega, x)
    assert torch.autograd.gradgradcheck(log_omega, x)
