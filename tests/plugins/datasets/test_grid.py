"""The grid against SciPy's normal densities and its own histogram.

Mutations that must fail here: a grid that is not centred, weights 1 / side, spacing ignored.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

import planes
from rivalry_zoo.datasets.grid import Grid


def test_centres_fill_the_square():
    wanted = list(itertools.product([-1, -0.5, 0, 0.5, 1], repeat=2))
    np.testing.assert_array_equal(Grid().modes.numpy(), wanted)
    np.testing.assert_array_equal(Grid(side=2, spacing=3).modes.numpy(), list(itertools.product([-1.5, 1.5], repeat=2)))


def test_density_is_the_mixture_of_normals(device):
    places = np.random.default_rng(0).uniform(-1.2, 1.2, (200, 2))
    centres = itertools.product([-0.4, 0, 0.4], repeat=2)
    wanted = np.mean([multivariate_normal(centre, 0.2**2).pdf(places) for centre in centres], 0)
    found = Grid(side=3, spacing=0.4, deviation=0.2).log_density(torch.from_numpy(places).to(device))
    np.testing.assert_allclose(found.cpu().numpy(), np.log(wanted), rtol=1e-5, atol=1e-5)


def test_density_integrates_to_one():
    assert planes.cells(Grid(deviation=0.05), 1.4, 4, 30).sum() == pytest.approx(1, abs=1e-6)


def test_points_follow_the_density():
    data = Grid(deviation=0.05)
    points = data.batch(torch.arange(len(data)))["x"].numpy()
    assert planes.chi_square_probability(points, planes.cells(data, 1.3, 40, 4), 1.3) > 0.01


def test_every_mode_has_its_share():
    data = Grid()
    points = data.batch(torch.arange(len(data)))["x"]
    distance, nearest = torch.cdist(points, data.modes).min(1)
    assert np.bincount(nearest.numpy(), minlength=25) == pytest.approx(2_000, abs=220)
    # Of a normal in two dimensions 1 - exp(-9 / 2) lies within three deviations.
    assert (distance < 3 * data.deviation).double().mean().item() == pytest.approx(1 - np.exp(-4.5), abs=0.002)
