"""The plane of a support vector machine: closed forms of two points, the optimum's own conditions, scipy's minimum.

Mutations tried (a test failed for each): the offset left out, hinges not squared, cost in the wrong place, labels of 0
and 1 in place of -1 and 1.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from rivalry_zoo.blocks.linear_svm import separating_plane


@pytest.mark.parametrize("cost", [0.1, 1.0, 30.0])
def test_two_opposite_points_have_the_closed_form(cost, device):
    # w^2 / 2 + 2 C (1 - a w)^2 at a = 3: w = 4 C a / (1 + 4 C a^2), b = 0.
    points = torch.tensor([[3.0], [-3.0]], dtype=torch.float64, device=device)
    sides = separating_plane(points, torch.tensor([True, False], device=device), cost)
    assert_allclose(sides.cpu(), np.array([1, -1]) * 36 * cost / (1 + 36 * cost), rtol=1e-7)


def test_one_class_alone_is_an_offset_that_is_punished():
    # At 0 only b counts: b^2 / 2 + n C (1 - b)^2.
    sides = separating_plane(torch.zeros(5, 2, dtype=torch.float64), torch.ones(5, dtype=torch.bool), 0.3)
    assert_allclose(sides, 10 * 0.3 / (1 + 10 * 0.3), rtol=1e-7)


def test_optimum_is_scipys():
    draw = np.random.default_rng(0)
    x = np.concatenate([draw.normal(size=(60, 3)), np.ones((60, 1))], 1)
    y = np.where(x @ [1.0, -2, 0, 0.5] + draw.normal(size=60) > 0, 1, -1)

    def cost(w):
        slack = np.maximum(0, 1 - y * (x @ w))
        return w @ w / 2 + 0.7 * slack @ slack, w - 2 * 0.7 * x.T @ (y * slack)

    truth = minimize(cost, np.zeros(4), jac=True, tol=1e-12).x
    sides = separating_plane(torch.tensor(x[:, :3]), torch.tensor(y > 0), 0.7)
    assert_allclose(sides, x @ truth, atol=1e-5)


def test_far_apart_classes_lie_on_their_sides():
    points = torch.randn(200, 5, dtype=torch.float64)
    positive = points[:, 0] > 0
    points[:, 0] += 4.0 * positive
    assert torch.equal(separating_plane(points, positive) > 0, positive)
