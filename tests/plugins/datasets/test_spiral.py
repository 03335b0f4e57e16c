"""The spiral against SciPy's adaptive quadrature along its arms.

Mutations that must fail here: weights not divided by the arms, arms not turned, labels drawn apart from the points.
"""

import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import quad

import planes
from rivalry_zoo.datasets.spiral import Spiral


def exact(place, arm, arms, turns, deviation):
    def integrand(u):
        angle = 2 * np.pi * (turns * u + arm / arms)
        gap = place - u * np.array([np.cos(angle), np.sin(angle)])
        return np.exp(-gap @ gap / (2 * deviation**2)) / (2 * np.pi * deviation**2)

    edges = np.linspace(0, 1, 30)
    return sum(quad(integrand, a, b, epsabs=0, epsrel=1e-9)[0] for a, b in itertools.pairwise(edges))


@pytest.mark.parametrize(("arms", "turns"), [(1, 2.0), (2, 1.0), (3, 0.5)])
def test_density_is_the_mean_of_the_integrals_along_the_arms(arms, turns, device):
    places = np.random.default_rng(0).uniform(-1.1, 1.1, (6, 2))
    data = Spiral(arms=arms, turns=turns, deviation=0.08)
    wanted = [np.mean([exact(place, arm, arms, turns, 0.08) for arm in range(arms)]) for place in places]
    found = data.log_density(torch.from_numpy(places).to(device)).cpu().numpy()
    np.testing.assert_allclose(found, np.log(wanted), rtol=0, atol=1e-6)


def test_density_integrates_to_one():
    assert planes.cells(Spiral(deviation=0.1), 1.7, 4, 17).sum() == pytest.approx(1, abs=1e-6)


def test_points_follow_the_density():
    data = Spiral(deviation=0.1)
    points = data.batch(torch.arange(len(data)))["x"].numpy()
    assert planes.chi_square_probability(points, planes.cells(data, 1.5, 30, 3), 1.5) > 0.01


def test_labels_tell_the_arms_apart():
    data = Spiral(arms=3, turns=0.25, deviation=0.001, size=3_000)
    batch = data.batch(torch.arange(3_000))
    radius, angle = batch["x"].norm(dim=1), torch.atan2(batch["x"][:, 1], batch["x"][:, 0])
    arm = ((angle / (2 * np.pi) - 0.25 * radius) * 3).round().long() % 3
    far = radius > 0.05
    assert data.fields["label"].classes == 3
    assert torch.equal(arm[far], batch["label"][far])
    assert np.bincount(batch["label"].numpy()) == pytest.approx(1_000, abs=100)
