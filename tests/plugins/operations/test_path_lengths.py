"""Path lengths against numpy. Mutation tried: the sum over layers in place of the mean; the first test fails."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.operations.path_lengths import PathLengths

LENGTHS = PathLengths()


@given(n=st.integers(1, 4), layers=st.integers(1, 5), d=st.integers(1, 6), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_it_is_the_root_mean_square_over_layers_of_the_norms(n, layers, d, seed):
    g = np.random.default_rng(seed).normal(size=(n, layers, d))
    expected = np.sqrt((np.linalg.norm(g, axis=2) ** 2).mean(1))
    np.testing.assert_allclose(LENGTHS(torch.tensor(g)).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_vectors_are_one_layer():
    g = torch.tensor([[3.0, 4.0], [0.0, 2.0]])
    torch.testing.assert_close(LENGTHS(g), torch.tensor([5.0, 2.0]))


def test_no_gradient_is_no_length_and_no_direction(device):
    g = torch.zeros(2, 3, 4, device=device, requires_grad=True)
    lengths = LENGTHS(g)
    assert lengths.max() < 1e-5
    (slope,) = torch.autograd.grad(lengths.sum(), g)
    assert torch.equal(slope, torch.zeros_like(g))


def test_half_precision_does_not_overflow():
    assert LENGTHS(torch.full((1, 2, 64), 300.0, dtype=torch.float16)).isfinite().all()
