"""Pixel norm: the mean square over channels. Mutation caught: the mean over places."""

import numpy as np
import pytest
import torch

from rivalry_zoo.norms.pixel import PixelNorm


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 4), (3, 5, 4, 2)], ids=str)
@pytest.mark.parametrize("eps", [1e-8, 0.5])
def test_each_place_is_divided_by_its_root_mean_square_over_channels(shape, eps):
    x = np.random.default_rng(0).normal(1, 2, size=shape)
    found = PixelNorm(5, eps=eps)(torch.from_numpy(x)).numpy()
    np.testing.assert_allclose(found, x / np.sqrt((x**2).mean(1, keepdims=True) + eps), rtol=1e-9)


def test_mean_squares_are_1_at_every_place_whatever_the_scale(device):
    x, norm = torch.randn(3, 8, 4, 5, device=device).double(), PixelNorm(8)
    torch.testing.assert_close(norm(x).square().mean(1), torch.ones(3, 4, 5, device=device).double())
    torch.testing.assert_close(norm(1e3 * x), norm(x), rtol=1e-6, atol=1e-9)
    assert not norm.state_dict()
