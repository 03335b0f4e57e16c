"""The mean square against numpy. Mutation tried: a half in front; the value fails."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rivalry_zoo.losses.square import Square

LOSS = Square()


@given(arrays(np.float64, array_shapes(max_dims=4, max_side=3), elements=st.floats(-100, 100)))
def test_value_is_the_mean_over_all_elements(a):
    assert LOSS(torch.tensor(a)).item() == pytest.approx(np.mean(a**2), rel=1e-12, abs=1e-300)


@given(arrays(np.float64, 6, elements=st.floats(-9, 9)), st.floats(-9, 9))
def test_shifting_by_the_mean_makes_it_smallest(a, shift):
    x = torch.tensor(a)
    assert LOSS(x - np.mean(a)) <= LOSS(x - shift) + 1e-9


def test_derivatives_are_right():
    assert torch.autograd.gradcheck(LOSS, (torch.randn(3, 4, dtype=torch.float64, requires_grad=True),))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_large_values_are_finite(dtype, device):
    assert LOSS(torch.full((4,), 1e4, dtype=dtype, device=device)).isfinite()
