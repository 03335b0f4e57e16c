"""Detached values. Mutation tried: returning x itself; the gradient test fails."""

import torch

from rivalry_zoo.operations.detach import Detach


def test_values_pass_and_gradients_do_not(device):
    x = torch.tensor([1.0, -2.0], device=device, requires_grad=True)
    (3 * x + Detach()(x) * x).sum().backward()
    assert Detach()(x).tolist() == [1.0, -2.0]
    assert x.grad.tolist() == [4.0, 1.0]  # 3 + x: the detached factor is a constant
