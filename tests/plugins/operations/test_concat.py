"""Joined tensors against numpy. Mutation tried: default dim 0; the first test fails."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.concat import Concat


@pytest.mark.parametrize("dim", [None, 0, 2, -1])
def test_joins_as_numpy_does(device, dim):
    arrays = [np.arange(12.0).reshape(2, 3, 2), -np.arange(12.0).reshape(2, 3, 2), np.ones((2, 3, 2))]
    tensors = [torch.tensor(array, device=device) for array in arrays]
    joined = Concat()(*tensors) if dim is None else Concat()(*tensors, dim=dim)
    np.testing.assert_array_equal(joined.cpu().numpy(), np.concatenate(arrays, 1 if dim is None else dim))
