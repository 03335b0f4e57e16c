"""Exponentials against numpy. Mutation tried: expm1; the test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.exp import Exp


def test_values_are_numpys_elementwise(device):
    x = np.random.default_rng(0).normal(size=(3, 2, 4))
    found = Exp()(torch.tensor(x, device=device))
    assert Exp.keeps_shape
    np.testing.assert_allclose(found.cpu().numpy(), np.exp(x), rtol=1e-12)


def test_half_precision_does_not_overflow():
    np.testing.assert_allclose(Exp()(torch.tensor([12.0], dtype=torch.float16)).numpy(), np.exp(12.0), rtol=1e-6)
