"""Who is drawn to whom. Mutations caught: commitment at the other term (VQGAN's own slip); a detach left out."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.losses.vector_quantization import VectorQuantization


@given(st.integers(0, 99), st.floats(0, 2))
@settings(max_examples=20)
def test_value_and_both_gradients_are_those_of_two_springs(seed, commitment):
    z, e = np.random.default_rng(seed).normal(size=(2, 3, 4, 2))
    codes = [torch.tensor(values, requires_grad=True) for values in (z, e)]
    loss = VectorQuantization(commitment=commitment)(*codes)
    by_z, by_e = torch.autograd.grad(loss, codes, materialize_grads=True, allow_unused=True)
    assert loss.item() == pytest.approx((1 + commitment) * np.mean((z - e) ** 2))
    np.testing.assert_allclose(by_z, commitment * 2 * (z - e) / z.size, atol=1e-12)
    np.testing.assert_allclose(by_e, 2 * (e - z) / z.size, atol=1e-12)


def test_the_book_settles_at_the_means_of_its_cells():
    values = torch.tensor([[0.0], [1.0], [5.0], [9.0]], dtype=torch.float64)
    book = torch.tensor([[0.4], [6.0]], dtype=torch.float64, requires_grad=True)
    for _ in range(60):
        chosen = book[(values - book.T).abs().argmin(1)]
        (gradient,) = torch.autograd.grad(VectorQuantization()(values, chosen), book)
        book.data -= gradient
    np.testing.assert_allclose(book.detach().squeeze(), [0.5, 7.0], atol=1e-6)  # as k-means has it


def test_half_precision_is_squared_in_single():
    big = torch.full((2, 2), 300.0, dtype=torch.float16)
    assert torch.isfinite(VectorQuantization()(big, -big))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"codes of the encoder's shape, got \(2, 3\) and \(2, 1\)"):
        VectorQuantization()(torch.zeros(2, 3), torch.zeros(2, 1))
