"""GAN-QP against weighted graph Laplacians, solved by numpy's pseudo-inverse, on tables with all pairs.

Mutations that turn this red: the 2 of 2 lambda dropped; s_f - s_r for the lead; distances that are summed, not
averaged; eps left out; distances that carry gradients.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.gan_qp import GanQp

EPS = 1e-3


def pairs(k, m):
    return oracles.all_pairs(torch.arange(len(k)), k, m)


def points(n, seed, *shape):
    return torch.tensor(np.random.default_rng(seed).normal(1, 2, (n, *shape)))


def distances(x, form):
    gaps = (x[:, None] - x[None]).numpy().reshape(len(x), len(x), -1)
    return np.abs(gaps).mean(2) if form == "l1" else np.sqrt((gaps**2).mean(2))


def loss_of(game, k, m, x):
    i, j = pairs(k, m)
    return lambda s: game.discriminator_loss(s[i], s[j], samples=(x[i], x[j]))


@settings(max_examples=25)
@given(oracles.counts(high=5), st.integers(0, 99), st.sampled_from(["l1", "l2"]), st.sampled_from([0.5, 10.0]))
def test_optimal_table_solves_a_graph_laplacian(pair, seed, form, strength):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    x = points(len(k), seed, 2, 3)
    d = distances(x, form) + EPS
    weights = (np.outer(p, q) + np.outer(q, p)) / (strength * d)
    laplacian = np.diag(weights.sum(1)) - weights
    best = np.linalg.pinv(laplacian, rcond=1e-9) @ (p - q)
    loss = loss_of(GanQp(strength, form, EPS), k, m, x)
    table = torch.tensor(best, requires_grad=True)
    value = loss(table)
    (gradient,) = torch.autograd.grad(value, table)
    assert value.item() == pytest.approx(-0.5 * (p - q) @ best, abs=1e-9)
    np.testing.assert_allclose(gradient.numpy(), 0, atol=1e-9)
    odds = np.outer(p, q)
    of_pairs = strength / 4 * (d * (odds - odds.T) ** 2 / (odds + odds.T)).sum()
    assert -value.item() <= of_pairs + 1e-9
    assert oracles.at(loss, best + np.random.default_rng(seed).normal(size=len(k))) >= value.item() - 1e-9


@pytest.mark.parametrize(("form", "apart"), [("l1", 7 / 4), ("l2", np.sqrt(25 / 4))])
@pytest.mark.parametrize("far", [1.0, 1e6])
def test_disjoint_points_are_worth_half_lambda_times_their_distance(form, apart, far, device):
    real = far * torch.tensor([[[3.0, 0.0], [-4.0, 0.0]]], dtype=torch.float64, device=device)
    game, d = GanQp(6.0, form, EPS), far * apart + EPS
    lead = torch.full((1,), 6.0 * d, dtype=torch.float64, device=device)
    loss = game.discriminator_loss(lead, torch.zeros_like(lead), samples=(real, torch.zeros_like(real)))
    assert loss.item() == pytest.approx(-6.0 * d / 2, rel=1e-12)


def test_where_samples_coincide_eps_is_their_distance():
    x = torch.ones(3, 2, dtype=torch.float64)
    lead = torch.tensor([0.1, 0.2, -0.4], dtype=torch.float64)
    loss = GanQp(2.0, eps=0.25).discriminator_loss(lead, torch.zeros_like(lead), samples=(x, x))
    assert loss.item() == pytest.approx((0.01 + 0.04 + 0.16) / 3 - (-0.1) / 3, rel=1e-12)


def test_defaults_are_the_paper_s():
    game = GanQp()
    assert (game.strength, game.distance) == (10.0, "l1")
    real, fake = torch.tensor([[2.0, 0.0]]), torch.zeros(1, 2)
    assert game.discriminator_loss(torch.tensor([5.0]), torch.zeros(1), samples=(real, fake)).item() == pytest.approx(
        -3.75, abs=1e-4
    )


def test_scores_of_several_critics_are_several_leads():
    real, fake = torch.randn(2, 4, 3, dtype=torch.float64)
    samples = points(4, 1, 2), points(4, 2, 2)
    game = GanQp()
    single = [game.discriminator_loss(real[:, i], fake[:, i], samples=samples).item() for i in range(3)]
    assert game.discriminator_loss(real, fake, samples=samples).item() == pytest.approx(np.mean(single), rel=1e-12)


def test_generator_pays_the_mean_lead():
    real = torch.tensor([1.0, 2.0, 6.0], requires_grad=True)
    fake = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    x, y = torch.randn(3, 2), torch.randn(3, 2, requires_grad=True)
    loss = GanQp().generator_loss(real, fake, samples=(x, y))
    assert loss.item() == pytest.approx(2.5)
    found = torch.autograd.grad(loss, [real, fake, y], allow_unused=True)
    np.testing.assert_allclose(found[0].numpy(), 1 / 3, rtol=1e-6)
    np.testing.assert_allclose(found[1].numpy(), -1 / 3, rtol=1e-6)
    assert found[2] is None


@pytest.mark.parametrize("form", ["l1", "l2"])
def test_distances_are_constants_and_losses_twice_differentiable(form):
    real, fake = torch.randn(2, 4, dtype=torch.float64).requires_grad_().unbind()
    x, y = points(4, 3, 2).requires_grad_(), points(4, 4, 2).requires_grad_()
    loss = GanQp(distance=form).discriminator_loss(real, fake, samples=(x, y))
    assert torch.autograd.grad(loss, [x, y], allow_unused=True) == (None, None)
    assert torch.autograd.gradgradcheck(
        lambda r, f: GanQp(distance=form).discriminator_loss(r, f, samples=(x, y)), (real, fake)
    )


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("form", ["l1", "l2"])
def test_half_precision_is_widened(dtype, form):
    real, fake = torch.tensor([1e4, -1e4], dtype=dtype), torch.tensor([-1e4, 1e4], dtype=dtype)
    samples = torch.full((2, 2), 500.0, dtype=dtype), torch.full((2, 2), -500.0, dtype=dtype)
    assert GanQp(distance=form).discriminator_loss(real, fake, samples=samples).item() == pytest.approx(2e4, rel=0.02)


@pytest.mark.parametrize(
    ("scores", "sizes"), [((4, 3), (4, 4)), ((4, 4), (4, 3)), ((4, 4), (3, 3)), ((3, 3), (4, 4)), ((4, 3), (4, 3))]
)
def test_what_does_not_pair_up_is_refused_in_words(scores, sizes):
    with pytest.raises(ValueError, match="pairs need one real sample beside each fake one"):
        GanQp().discriminator_loss(*map(torch.randn, scores), samples=tuple(torch.randn(n, 2) for n in sizes))


def test_generator_without_real_scores_is_refused_in_words():
    with pytest.raises(ValueError, match="got no real ones"):
        GanQp().generator_loss(None, torch.randn(2), samples=(torch.randn(2, 2), torch.randn(2, 2)))
