"""Signs against numpy. Mutation tried: 1 at 0; the first test fails."""

import numpy as np
import torch

from rivalry_zoo.operations.sign import Sign


def test_values_are_numpys_elementwise_and_zero_at_zero(device):
    x = np.random.default_rng(0).integers(-2, 3, size=(3, 2, 4)).astype(float)
    assert Sign.keeps_shape
    np.testing.assert_array_equal(Sign()(torch.tensor(x, device=device)).cpu().numpy(), np.sign(x))


def test_no_gradient_passes():
    x = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    Sign()(x).sum().backward()
    assert x.grad.tolist() == [0, 0, 0]
