"""Sizes of gradients against numpy. Mutations caught: the sum over one dimension; no TINY; half precision squared."""

import numpy as np
import pytest
import torch

from rivalry_zoo.blocks.gradients import rooted, squared_norms


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 2, 3, 5)])
def test_squares_are_summed_over_everything_but_the_batch(shape):
    numbers = np.random.default_rng(0).normal(size=shape)
    expected = np.linalg.norm(numbers.reshape(4, -1), axis=1) ** 2
    np.testing.assert_allclose(squared_norms(torch.tensor(numbers)), expected, rtol=1e-12)


def test_half_precision_is_squared_in_float32():
    found = squared_norms(torch.full((1, 2), 300.0, dtype=torch.float16))
    assert found.dtype == torch.float32
    assert found.item() == 180_000


def test_a_root_is_exact_but_near_zero_where_its_slope_stays_finite():
    squares = torch.tensor([4.0, 1e-4, 0.0], dtype=torch.float64, requires_grad=True)
    roots = rooted(squares)
    np.testing.assert_allclose(roots.detach(), [2, 1e-2, 1e-6], rtol=1e-7)
    (slope,) = torch.autograd.grad(roots.sum(), squares)
    np.testing.assert_allclose(slope, [0.25, 50, 5e5], rtol=1e-7)
