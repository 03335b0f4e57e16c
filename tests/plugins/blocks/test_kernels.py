"""The Gaussian mixture by one exponential, against numpy's five; with distances and scales of all sizes.

Mutations tried (a test failed for each): one squaring less, the scale not squared, the mean a sum. The kernels that
objectives use are tested with them (objectives/mmd) and in test_distances.
"""

from itertools import pairwise

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.spatial.distance import cdist

from rivalry_zoo.blocks.kernels import WIDTHS, distance_kernel, gaussian_mixture


@pytest.mark.parametrize("scale", [0.3, 1.0, 7.0])
@pytest.mark.parametrize("d", [1, 5])
def test_one_exponential_gives_all_widths(scale, d, device):
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(7, d)), rng.normal(1, 4, size=(9, d))
    squares = cdist(x, y, "sqeuclidean") / scale**2
    expected = np.mean([np.exp(-squares / (2 * width**2)) for width in WIDTHS], 0)
    a, b = torch.tensor(x, device=device), torch.tensor(y, device=device)
    assert_allclose(gaussian_mixture(scale)(a, b).cpu(), expected, rtol=1e-12)
    assert_allclose(distance_kernel("rbf", scale)(a, b).cpu(), expected, rtol=1e-12)


def test_a_point_is_one_with_itself_and_nothing_exceeds_one():
    x = torch.tensor(np.random.default_rng(0).normal(1e3, 1, size=(30, 4)))
    values = gaussian_mixture()(x, x)
    assert_allclose(values.diagonal(), 1, atol=1e-8)
    assert float(values.max()) <= 1
    assert gaussian_mixture()(x, x + 1e6).count_nonzero() == 0


def test_widths_double():
    assert all(2 * a == b for a, b in pairwise(WIDTHS))
