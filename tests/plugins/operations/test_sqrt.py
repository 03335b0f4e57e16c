"""Square roots against numpy. Mutation tried: the root of |x| + 1e-8; the test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.sqrt import Sqrt


def test_values_are_numpys_elementwise(device):
    x = np.random.default_rng(0).uniform(0, 9, size=(3, 2, 4))
    found = Sqrt()(torch.tensor(x, device=device))
    assert Sqrt.keeps_shape
    np.testing.assert_allclose(found.cpu().numpy(), np.sqrt(x), rtol=1e-12)


def test_zero_is_its_own_root_and_below_it_there_is_none():
    assert Sqrt()(torch.tensor([0.0])).tolist() == [0]
    assert Sqrt()(torch.tensor([-1.0])).isnan().all()
