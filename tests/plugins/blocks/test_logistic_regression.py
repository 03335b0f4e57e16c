"""Logistic regression at its optimum: its conditions, scipy's minimum, and closed forms of offsets.

Mutations tried (a test failed for each): offsets punished, the penalty not divided by the number, features not centred
or not scaled, labels counted from 0.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from rivalry_zoo.blocks.logistic_regression import fit_logistic_regression


def some(n=80, d=3, classes=3, seed=0):
    draw = np.random.default_rng(seed)
    labels = draw.integers(classes, size=n)
    return 5 + draw.normal(size=(n, d)) * [1, 10, 0.1][:d] + labels[:, None], labels


@pytest.mark.parametrize("penalty", [0.01, 1.0, 100.0])
def test_the_optimums_conditions_hold(penalty, device):
    x, labels = some()
    found = fit_logistic_regression(torch.tensor(x, device=device), torch.tensor(labels, device=device), penalty)
    rows = (x - x.mean(0)) / x.std(0)
    weights = found.weights.cpu().numpy()
    misses = softmax(rows @ weights[:-1] + weights[-1], axis=1) - np.eye(3)[labels]
    assert_allclose(rows.T @ misses + penalty * weights[:-1], 0, atol=1e-6)
    assert_allclose(misses.sum(0), 0, atol=1e-6)
    assert_allclose(found.logits(torch.tensor(x, device=device)).cpu(), rows @ weights[:-1] + weights[-1])


def test_optimum_is_scipys():
    x, labels = some(d=2)
    rows = (x - x.mean(0)) / x.std(0)

    def cost(flat):
        weights = flat.reshape(3, 3)
        logits = rows @ weights[:-1] + weights[-1]
        return -log_softmax(logits, axis=1)[np.arange(80), labels].sum() + 0.5 * 2 * (weights[:-1] ** 2).sum()

    truth = minimize(cost, np.zeros(9), tol=1e-10).x.reshape(3, 3)
    assert_allclose(fit_logistic_regression(torch.tensor(x), torch.tensor(labels), 2.0).weights, truth, atol=2e-5)


def test_offsets_alone_are_log_frequencies():
    labels = torch.tensor([7] * 6 + [2] * 3 + [5])
    found = fit_logistic_regression(torch.full((10, 2), 4.0, dtype=torch.float64), labels)
    logits = found.logits(torch.full((1, 2), 4.0, dtype=torch.float64))[0]
    assert found.known.tolist() == [2, 5, 7]
    assert_allclose(logits - logits[1], np.log([3, 1, 6]), atol=1e-7)
    assert found.classify(torch.zeros(2, 2, dtype=torch.float64)).tolist() == [7, 7]


def test_scale_and_place_of_features_mean_nothing():
    x, labels = map(torch.tensor, some())
    first = fit_logistic_regression(x, labels)
    second = fit_logistic_regression(1000 * x - 3, labels)
    assert_allclose(second.weights, first.weights, atol=1e-7)
    assert torch.equal(second.classify(1000 * x - 3), first.classify(x))


def test_a_feature_that_is_constant_but_for_rounding_is_not_blown_up():
    x, labels = map(torch.tensor, some())
    x[:, 1] = 1e6 * (1 + 1e-15 * torch.arange(len(x)))
    found = fit_logistic_regression(x, labels)
    assert float(found.deviation[1]) == 1
    other = x + torch.tensor([0.0, 0.1, 0.0])
    assert_allclose(found.logits(other), found.logits(x), atol=1e-6)


def test_classes_are_found_that_are_apart(device):
    labels = torch.arange(60, device=device) % 4
    centres = torch.tensor([[9.0, 0], [0, 9], [-9, 0], [0, -9]], dtype=torch.float64, device=device)
    x = centres[labels] + torch.randn(60, 2, device=device, dtype=torch.float64)
    assert torch.equal(fit_logistic_regression(x, labels).classify(x), labels)


def test_one_class_is_always_found():
    found = fit_logistic_regression(torch.randn(5, 2, dtype=torch.float64), torch.full((5,), 3))
    assert found.classify(torch.randn(4, 2, dtype=torch.float64)).tolist() == [3] * 4
