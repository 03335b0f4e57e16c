"""Squares against numpy. Mutation tried: a half in front; the test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.square import Square


def test_values_are_numpys_elementwise(device):
    x = np.random.default_rng(0).normal(size=(3, 2, 4))
    found = Square()(torch.tensor(x, device=device))
    assert Square.keeps_shape
    np.testing.assert_allclose(found.cpu().numpy(), np.square(x), rtol=1e-12)


def test_half_precision_does_not_overflow():
    assert Square()(torch.tensor([300.0], dtype=torch.float16)).tolist() == [90_000]
