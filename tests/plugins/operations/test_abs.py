"""Absolute values against numpy. Mutation tried: x itself; the test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.abs import Abs


def test_values_are_numpys_elementwise(device):
    x = np.random.default_rng(0).normal(size=(3, 2, 4))
    found = Abs()(torch.tensor(x, device=device))
    assert Abs.keeps_shape
    np.testing.assert_allclose(found.cpu().numpy(), np.abs(x), rtol=1e-12)


def test_gradient_is_the_sign_and_none_at_zero(device):
    x = torch.tensor([-2.0, 0.0, 3.0], device=device, requires_grad=True)
    Abs()(x).sum().backward()
    assert x.grad.tolist() == [-1, 0, 1]
