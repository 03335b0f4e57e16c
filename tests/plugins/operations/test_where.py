"""Choices against numpy. Mutation tried: a and b exchanged; the first test fails."""

import numpy as np
import pytest
import torch

from rivalry_zoo.operations.where import Where

DRAW = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 3, 2)])
def test_values_are_chosen_as_numpy_does(device, shape):
    a, b = DRAW.normal(size=(2, 5, 3, 2))
    mask = DRAW.integers(0, 2, shape)
    wanted = np.where(mask.reshape(*shape, *[1] * (3 - len(shape))), a, b)
    for form in (mask.astype(bool), mask.astype(float), mask):
        found = Where()(*(torch.tensor(part, device=device) for part in (form, a, b)))
        np.testing.assert_array_equal(found.cpu().numpy(), wanted)


def test_the_second_may_be_a_number():
    found = Where()(torch.tensor([1.0, 0.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), -1.0)
    assert found.tolist() == [[1, 2], [-1, -1]]


def test_gradients_reach_what_is_chosen_alone():
    a, b = (torch.zeros(3, requires_grad=True) for _ in range(2))
    Where()(torch.tensor([True, False, True]), a, b).sum().backward()
    assert (a.grad.tolist(), b.grad.tolist()) == ([1, 0, 1], [0, 1, 0])


@pytest.mark.parametrize("shapes", [((2,), (3, 2), (3, 2)), ((3,), (3, 1), (3, 3)), ((3, 1, 1), (3, 1), (3, 1))])
def test_what_would_broadcast_is_refused(shapes):
    with pytest.raises(ValueError, match="two tensors of one shape"):
        Where()(*map(torch.ones, shapes))
