"""One number per sample against numpy. Mutation tried: the mean instead; the first test fails."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.total import Total


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 3, 2, 5)])
def test_each_sample_is_taken_by_itself(shape, device):
    x = np.random.default_rng(0).normal(size=shape)
    found = Total()(torch.tensor(x, device=device))
    np.testing.assert_allclose(found.cpu().numpy(), x.reshape(4, -1).sum(1), rtol=1e-12)


def test_half_precision_does_not_overflow():
    assert Total()(torch.full((2, 8), 3e4, dtype=torch.float16)).tolist() == [240_000, 240_000]
