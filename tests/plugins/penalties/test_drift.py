"""Drift against numpy, and the divergence that it makes of the Wasserstein objective.

Mutations that turn this red: the fakes' scores; the score in place of its square; the sum over elements.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import oracles
from rivalry_zoo.objectives.wasserstein import Wasserstein
from rivalry_zoo.penalties.drift import Drift

POISON = torch.full((2, 3), torch.nan, dtype=torch.float64)


def normal(*shape, seed=0, device="cpu"):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(device)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 1, 2, 3)])
def test_it_is_the_mean_square_of_all_real_scores(shape, device):
    scores = normal(*shape, device=device) + 0.5
    found = Drift()(lambda x: x, scores, POISON)
    assert found.shape == ()
    assert found.item() == pytest.approx(np.mean(scores.cpu().numpy() ** 2), rel=1e-12)


def test_scales_count_alike():
    scales = [normal(4, 1, 2, 2), normal(4, 1, 1, 1, seed=1) + 2]
    expected = np.mean([np.mean(scores.numpy() ** 2) for scores in scales])
    assert Drift()(lambda x: scales, POISON, POISON).item() == pytest.approx(expected, rel=1e-12)


@settings(max_examples=15)
@given(oracles.counts(high=4))
def test_with_wasserstein_the_best_critic_attains_a_chi_squared(pair):
    k, m = pair
    p, q, weight = oracles.law(k), oracles.law(m), 0.3
    real, fake = oracles.exact_batches(torch.arange(len(p)), k, m)  # sample i has score i of a table

    def cost(table):
        def judge(x):
            return table[x]

        return Wasserstein().discriminator_loss(judge(real), judge(fake)) + weight * Drift()(judge, real, fake)

    table, value = oracles.minimise(cost, len(p))
    np.testing.assert_allclose(table, (p - q) / (2 * weight * p), atol=1e-4)
    assert value == pytest.approx(-np.sum(p * (1 - q / p) ** 2) / (4 * weight), abs=1e-7)


def test_no_gradient_reaches_the_samples():
    x, slope = normal(4, 3).requires_grad_(), normal(3, seed=1).requires_grad_()
    by_sample, by_critic = torch.autograd.grad(Drift()(lambda x: x @ slope, x, x), [x, slope], allow_unused=True)
    assert by_sample is None
    np.testing.assert_allclose(by_critic, (2 * x.T @ (x @ slope) / 4).detach(), rtol=1e-10)


def test_half_precision_is_finite():
    assert Drift()(lambda x: x, torch.full((4,), 1000.0, dtype=torch.float16), POISON).item() == 1e6
