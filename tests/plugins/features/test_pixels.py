"""Pixels are the samples' values in order.

Mutation tried (a test failed): the sample axis flattened last.
"""

import numpy as np
import pytest
import torch

from rivalry_zoo.features.pixels import PIXELS, Pixels


@pytest.mark.parametrize("shape", [(5, 3, 4, 4), (5, 7), (5,), (1, 2, 2)])
def test_flattened_samples_keep_values_and_order(shape, device):
    values = np.arange(np.prod(shape)).reshape(shape)
    features = Pixels()(torch.tensor(values, device=device))
    assert features.dtype == torch.float32
    np.testing.assert_array_equal(features.numpy(force=True), values.reshape(shape[0], -1))


@pytest.mark.parametrize(
    ("given", "returned"),
    [(torch.float16, torch.float32), (torch.float64, torch.float64), (torch.uint8, torch.float32)],
)
def test_precision_is_single_or_that_of_the_samples_if_double(given, returned):
    assert PIXELS(torch.ones(2, 3, dtype=given)).dtype == returned
