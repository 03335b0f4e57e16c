"""Filtered resampling against explicit convolutions in numpy and as adjoints.

Mutation tried: halving by [1, 2, 2, 1]; its reference, adjointness and constants fail.
"""

import numpy as np
import torch

from rivalry_zoo.blocks.resampling import SmoothHalving, smoothly_doubled

FILTER = np.array([1.0, 3.0, 3.0, 1.0])


def along(x, axis, line):
    return np.apply_along_axis(line, axis, x)


def doubled(line):
    spread = np.zeros(2 * len(line) + 4)
    spread[2:-2:2] = line
    spread[0], spread[-2] = line[0], line[-1]
    return np.convolve(spread, FILTER / 4)[3 : 3 + 2 * len(line)]


def halved(line):
    return np.convolve(np.pad(line, 1, mode="edge"), FILTER / 8, mode="valid")[::2]


def test_doubling_is_the_filter_on_spread_pixels():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4))
    expected = along(along(x, 2, doubled), 3, doubled)
    np.testing.assert_allclose(smoothly_doubled(torch.tensor(x)).numpy(), expected, atol=1e-12)


def test_halving_is_every_second_filtered_pixel(device):
    x = np.random.default_rng(1).normal(size=(2, 3, 8, 6))
    expected = along(along(x, 2, halved), 3, halved)
    found = SmoothHalving().to(device).double()(torch.tensor(x, device=device))
    np.testing.assert_allclose(found.cpu().numpy(), expected, atol=1e-7)


def test_they_are_adjoint_up_to_a_factor_away_from_the_borders():
    x, y = torch.zeros(1, 2, 8, 8), torch.zeros(1, 2, 16, 16)
    x[..., 2:-2, 2:-2], y[..., 4:-4, 4:-4] = torch.randn(2, 4, 4), torch.randn(2, 8, 8)
    torch.testing.assert_close((smoothly_doubled(x) * y).sum(), 4 * (x * SmoothHalving()(y)).sum())


def test_constants_stay():
    x = torch.full((1, 1, 6, 6), 3.0)
    assert torch.equal(SmoothHalving()(smoothly_doubled(x)), x)
