"""Rolled batches against numpy. Mutation tried: rolling the last axis; the first test fails."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.roll import Roll


@pytest.mark.parametrize("by", [1, 2, -1, 5])
def test_rows_move_round_the_batch(device, by):
    x = np.arange(24.0).reshape(4, 3, 2)
    np.testing.assert_array_equal(Roll()(torch.tensor(x, device=device), by=by).cpu().numpy(), np.roll(x, by, 0))


@pytest.mark.parametrize("n", [2, 3, 8])
def test_no_row_stays_where_it_was(n):
    assert bool((Roll()(torch.arange(n)) != torch.arange(n)).all())


def test_gradients_go_back_to_their_rows():
    x = torch.zeros(3, requires_grad=True)
    (Roll()(x) * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [2.0, 3.0, 1.0]
