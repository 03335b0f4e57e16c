"""Points on a line, against numpy. Mutation tried: a and b exchanged; the ends fail."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.operations.mix import Mix

MIX = Mix()


@given(t=st.floats(-1, 2), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_it_is_the_weighted_sum(t, seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 3, 4))
    expected = (1 - t) * a + t * b
    np.testing.assert_allclose(MIX(torch.tensor(a), torch.tensor(b), t).numpy(), expected, atol=1e-12)


def test_the_ends_are_exact(device):
    a, b = torch.randn(2, 5, 3, device=device)
    assert torch.equal(MIX(a, b, 0.0), a)
    assert torch.equal(MIX(a, b, 1.0), b)


def test_each_sample_may_have_its_own_place():
    a, b, t = torch.zeros(3, 2), torch.ones(3, 2), torch.tensor([[0.0], [0.5], [1.0]])
    assert MIX(a, b, t).tolist() == [[0, 0], [0.5, 0.5], [1, 1]]
    assert MIX(a, b, torch.tensor(0.25)).unique().tolist() == [0.25]
