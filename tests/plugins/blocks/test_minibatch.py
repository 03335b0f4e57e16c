"""The minibatch's standard deviation against numpy. Mutation tried: groups taken side by side; numpy's values fail."""

import numpy as np
import pytest
import torch

from rivalry_zoo.blocks.minibatch import with_deviation


@pytest.mark.parametrize(("n", "size"), [(8, 4), (4, 4), (2, 2), (6, 3), (5, 1), (1, 1)])
def test_the_new_map_is_the_groups_mean_deviation(n, size, device):
    x = np.random.default_rng(0).normal(size=(n, 3, 2, 5))
    found = with_deviation(torch.tensor(x, device=device)).cpu().numpy()
    np.testing.assert_array_equal(found[:, :3], x)
    for sample in range(n):
        members = [other for other in range(n) if other % (n // size) == sample % (n // size)]
        expected = np.sqrt(x[members].var(0) + 1e-8).mean()
        np.testing.assert_allclose(found[sample, 3], expected, rtol=1e-9)


def test_equal_samples_give_one_ten_thousandth():
    x = torch.randn(1, 5, 3, 3).expand(4, -1, -1, -1)
    torch.testing.assert_close(with_deviation(x)[:, 5], torch.full((4, 3, 3), 1e-4))


def test_it_is_twice_differentiable():
    x = torch.randn(4, 2, 2, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(with_deviation, (x,))
