"""Logarithms against numpy. Mutation tried: the logarithm of 1 + x; the test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.log import Log


def test_values_are_numpys_elementwise(device):
    x = np.random.default_rng(0).uniform(0.01, 9, size=(3, 2, 4))
    found = Log()(torch.tensor(x, device=device))
    assert Log.keeps_shape
    np.testing.assert_allclose(found.cpu().numpy(), np.log(x), rtol=1e-12)


def test_zero_gives_minus_infinity_and_nothing_is_clamped():
    assert Log()(torch.tensor([0.0])).tolist() == [-np.inf]
    assert Log()(torch.tensor([-1.0])).isnan().all()
