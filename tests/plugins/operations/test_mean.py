"""One number per sample against numpy. Mutation tried: a mean over the batch too; the first test fails."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.mean import Mean


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 3, 2, 5)])
def test_each_sample_is_taken_by_itself(shape, device):
    x = np.random.default_rng(0).normal(size=shape)
    found = Mean()(torch.tensor(x, device=device))
    np.testing.assert_allclose(found.cpu().numpy(), x.reshape(4, -1).mean(1), rtol=1e-12)


def test_half_precision_does_not_overflow():
    assert Mean()(torch.full((2, 8), 3e4, dtype=torch.float16)).tolist() == [30_000, 30_000]
