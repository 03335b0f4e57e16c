"""The ring against SciPy's normal densities and its own histogram.

Mutations that must fail here: log K left out, 2 pi deviation in place of 2 pi deviation^2, a forgotten radius.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

import planes
from rivalry_zoo.datasets.ring import Ring


@settings(max_examples=20)
@given(st.integers(1, 12), st.floats(0.1, 5))
def test_centres_are_the_roots_of_unity(count, radius):
    roots = np.roots([1] + [0] * (count - 1) + [-1]) * radius
    centres = Ring(modes=count, radius=radius).modes.numpy() @ [1, 1j]
    gaps = np.abs(roots[:, None] - centres).min(0)
    assert len(centres) == count
    np.testing.assert_allclose(gaps, 0, atol=1e-5 * radius)
    np.testing.assert_allclose(centres[0], radius, rtol=1e-6)


def test_density_is_the_mixture_of_normals(device):
    places = np.random.default_rng(0).uniform(-1.2, 1.2, (200, 2))
    angles = 2 * np.pi * np.arange(5) / 5
    wanted = np.mean([multivariate_normal([2 * np.cos(a), 2 * np.sin(a)], 0.3**2).pdf(places) for a in angles], 0)
    found = Ring(modes=5, radius=2, deviation=0.3).log_density(torch.from_numpy(places).to(device))
    np.testing.assert_allclose(found.cpu().numpy(), np.log(wanted), rtol=1e-5)


def test_density_integrates_to_one():
    assert planes.cells(Ring(), 1.2, 4, 60).sum() == pytest.approx(1, abs=1e-9)


def test_points_follow_the_density():
    data = Ring()
    points = data.batch(torch.arange(len(data)))["x"].numpy()
    assert planes.chi_square_probability(points, planes.cells(data, 1.2, 48, 8), 1.2) > 0.01


def test_points_are_float32_and_found_by_index():
    data = Ring(size=100)
    every = data.batch(torch.arange(100))["x"]
    assert (every.dtype, tuple(every.shape), len(data)) == (torch.float32, (100, 2), 100)
    assert data.fields["x"].shape == (2,)
    assert torch.equal(data.batch(torch.tensor([7, 7, 99]))["x"], every[[7, 7, 99]])
