"""Matrices whose rows begin where fast products want them. Mutation tried: no more columns than asked for."""

import pytest
import torch

from rivalry_zoo.blocks.feature_sets import aligned


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("columns", [1, 8, 16, 17, 2050])
def test_rows_begin_64_bytes_apart_and_hold_what_was_asked_for(columns, dtype, device):
    made = aligned(3, columns, dtype, device)
    assert (made.shape, made.dtype, made.device.type) == ((3, columns), dtype, device.type)
    assert made.stride(0) * dtype.itemsize % 64 == 0
    assert made.stride(0) - columns < 64 // dtype.itemsize
    assert made.stride(1) == 1
