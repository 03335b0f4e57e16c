"""The roll against SciPy's adaptive quadrature along the curve.

Mutations that must fail here: weights that do not add up to 1, a node fewer, the angle from 1 pi, the blur left out.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import quad

import planes
from rivalry_zoo.datasets.swiss_roll import SwissRoll


def exact(place, deviation):
    def integrand(t):
        gap = place - t * np.array([np.cos(t), np.sin(t)]) / (4.5 * np.pi)
        return np.exp(-gap @ gap / (2 * deviation**2)) / (2 * np.pi * deviation**2) / (3 * np.pi)

    edges = np.linspace(1.5 * np.pi, 4.5 * np.pi, 60)
    return sum(quad(integrand, a, b, epsabs=0, epsrel=1e-9)[0] for a, b in itertools.pairwise(edges))


@pytest.mark.parametrize("deviation", [0.05, 0.1])
def test_density_is_the_integral_along_the_curve(deviation, device):
    places = np.random.default_rng(0).uniform(-1.1, 1.1, (12, 2))
    found = SwissRoll(deviation=deviation).log_density(torch.from_numpy(places).to(device)).cpu().numpy()
    np.testing.assert_allclose(found, [np.log(exact(place, deviation)) for place in places], rtol=0, atol=1e-6)


def test_density_is_exact_ten_deviations_beyond_the_end():
    # The outer end lies at (0, 1), where the curve runs almost against the first axis.
    places = np.array([[-0.5, 1.0], [0.0, 1.5], [0.5, 1.0]])
    found = SwissRoll(deviation=0.05).log_density(torch.from_numpy(places)).numpy()
    np.testing.assert_allclose(found, [np.log(exact(place, 0.05)) for place in places], rtol=0, atol=1e-6)


def test_density_integrates_to_one():
    assert planes.cells(SwissRoll(deviation=0.1), 1.7, 4, 17).sum() == pytest.approx(1, abs=1e-6)


def test_points_follow_the_density():
    data = SwissRoll(deviation=0.1)
    points = data.batch(torch.arange(len(data)))["x"].numpy()
    assert planes.chi_square_probability(points, planes.cells(data, 1.5, 30, 3), 1.5) > 0.01
