"""L1 against numpy.

Mutations that turn this red: the sum instead of the mean; the square instead of the absolute value.
"""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rivalry_zoo.losses.l1 import L1

LOSS = L1()
numbers = st.floats(-100, 100)


@given(array_shapes(max_dims=4, max_side=3).flatmap(lambda s: arrays(np.float64, (2, *s), elements=numbers)))
def test_value_is_the_mean_over_all_elements(pair):
    a, b = pair
    expected = np.mean(np.abs(a - b))
    assert LOSS(torch.tensor(a), torch.tensor(b)).item() == pytest.approx(expected, rel=1e-12, abs=1e-300)


@given(arrays(np.float64, st.sampled_from([3, 5, 7]), elements=numbers), numbers)
def test_no_constant_is_closer_than_the_median(data, constant):
    x = torch.tensor(data)
    best, other = (LOSS(x, torch.full_like(x, c)).item() for c in (np.median(data), constant))
    assert best <= other + 1e-9


def test_derivatives_are_right():
    first, second = torch.randn(2, 3, 4, dtype=torch.float64)
    assert torch.autograd.gradcheck(LOSS, (first.requires_grad_(), second.requires_grad_()))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_large_differences_are_finite(dtype, device):
    far = torch.full((4,), 1e4, dtype=dtype, device=device)
    assert LOSS(far, -far).isfinite()


@pytest.mark.parametrize("shapes", [((4,), (4, 1)), ((2, 3), (3,)), ((1, 3), (2, 3))])
def test_differing_shapes_are_refused_in_words(shapes):
    with pytest.raises(ValueError, match="two tensors of one shape, got"):
        LOSS(torch.zeros(shapes[0]), torch.zeros(shapes[1]))


def test_compares_its_tensors():
    assert L1.compares
