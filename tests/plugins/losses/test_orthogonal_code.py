"""The correlation of codes against scipy's Pearson coefficient.

Mutations caught: a plus sign; the mean not taken off; the correlation over samples for that over components.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from rivalry_zoo.losses.orthogonal_code import OrthogonalCode

LOSS = OrthogonalCode()


def codes(seed, *shape):
    return np.random.default_rng(seed).normal(0.4, 1.5, size=(2, *shape))


@given(st.integers(0, 99), st.sampled_from([(3,), (5,), (1, 2, 2), (3, 4)]))
@settings(max_examples=20)
def test_value_is_minus_the_mean_of_pearsons_coefficients(seed, shape):
    a, b = codes(seed, 4, *shape)
    expected = -np.mean([pearsonr(x.ravel(), y.ravel())[0] for x, y in zip(a, b, strict=True)])
    found = LOSS(torch.tensor(a), torch.tensor(b)).item()
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-8)
    assert -1 <= found <= 1


@given(st.floats(0.1, 50), st.floats(-9, 9))
@settings(max_examples=20)
def test_size_and_mean_of_either_code_are_free(scale, shift):
    a, b = map(torch.tensor, codes(1, 3, 6))
    expected = LOSS(a, b).item()
    assert LOSS(a, scale * b + shift).item() == pytest.approx(expected, rel=1e-8)
    assert LOSS(scale * a + shift, b).item() == pytest.approx(expected, rel=1e-8)
    assert LOSS(a, -scale * b + shift).item() == pytest.approx(-expected, rel=1e-8)


def test_it_is_least_where_the_code_is_read_back(device):
    a = torch.tensor(codes(2, 3, 6)[0], device=device)
    assert LOSS(a, 3 * a - 1).item() == pytest.approx(-1)
    assert LOSS(a, -a).item() == pytest.approx(1)


def test_derivatives_are_right_and_do_not_touch_mean_and_size():
    a, b = (torch.tensor(c, requires_grad=True) for c in codes(3, 3, 4))
    assert torch.autograd.gradcheck(LOSS, (a, b))
    (slope,) = torch.autograd.grad(LOSS(a, b), b)
    centred = b.detach() - b.detach().mean(1, keepdim=True)
    np.testing.assert_allclose(slope.sum(1), 0, atol=1e-12)
    np.testing.assert_allclose((slope * centred).sum(1), 0, atol=1e-9)


def test_a_constant_code_is_uncorrelated_and_still_has_a_direction():
    a = torch.tensor(codes(4, 2, 5)[0])
    b = torch.full((2, 5), 3.0, dtype=torch.float64, requires_grad=True)
    loss = LOSS(a, b)
    (slope,) = torch.autograd.grad(loss, b)
    assert loss.item() == 0
    assert slope.isfinite().all()
    centred = (a - a.mean(1, keepdim=True)).numpy()
    np.testing.assert_allclose(slope, -centred / 5 / 2 * 1e6, rtol=1e-9)  # over sqrt(1e-12)


def test_variances_count_from_one_millionth_squared_on():
    a = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
    assert LOSS(a, 1e-6 * a).item() == pytest.approx(-(0.5**0.5))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_large_codes_are_finite_in_half_precision(dtype):
    far = torch.tensor([[1e4, -1e4, 0.0]], dtype=dtype)
    assert LOSS(far, far).item() == pytest.approx(-1, abs=1e-3)


@pytest.mark.parametrize("shapes", [((3, 4), (3, 5)), ((3, 4), (1, 4)), ((3, 1), (3, 1)), ((3,), (3,))])
def test_other_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="two components or more, got"):
        LOSS(*map(torch.zeros, shapes))
