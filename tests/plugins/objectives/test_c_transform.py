"""The c-transform against linear programmes of transport, Sinkhorn's iteration, sorting and double loops.

Mutations that turn this red: s - c for c - s; the mean over i left out of the soft minimum; its sign; the maximum for
the minimum; a transform over fakes; costs detached.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

import oracles
from rivalry_zoo.objectives.c_transform import CTransform

COSTS = ["l1", "l2", "squared"]
every_cost = pytest.mark.parametrize("cost", COSTS)


def costs(cost, x, y):
    """By scipy: of real x [n, ...] and fake y [m, ...], [n, m]."""
    x, y = (np.asarray(part).reshape(len(part), -1) for part in (x, y))
    return cdist(x, y, {"l1": "cityblock", "l2": "euclidean", "squared": "sqeuclidean"}[cost]) / (
        1 + (cost == "squared")
    )


def duals(p, q, cost):
    """The potentials f, g with f_i + g_j <= c_ij of the greatest E_p f + E_q g: a linear programme."""
    n, m = cost.shape
    rows = np.hstack([np.repeat(np.eye(n), m, 0), np.tile(np.eye(m), (n, 1))])
    bounds = [(0, 0)] + [(None, None)] * (n + m - 1)
    return linprog(-np.r_[p, q], A_ub=rows, b_ub=cost.ravel(), bounds=bounds, method="highs").x[:n]


def sinkhorn(p, q, cost, entropy, rounds=250):
    """The potential f, and the value, of min over plans of <plan, c> + e KL(plan || p x q)."""
    f, g = np.zeros(len(p)), np.zeros(len(q))
    for _ in range(rounds):
        g = -entropy * logsumexp((f[:, None] - cost) / entropy, axis=0, b=p[:, None])
        f = -entropy * logsumexp((g[None] - cost) / entropy, axis=1, b=q[None])
    return f, p @ f + q @ g


def batches(k, m, x):
    i, j = oracles.exact_batches(torch.arange(len(k)), k, m)
    return i, (x[i], x[j]), torch.zeros(len(j), dtype=torch.float64)


def points(n, seed, *shape):
    return torch.tensor(np.random.default_rng(seed).normal(1, 2, (n, *shape)))


@settings(max_examples=25)
@given(oracles.counts(high=5), st.integers(0, 99), st.sampled_from(COSTS))
def test_the_best_table_costs_what_transport_does_and_no_table_less(pair, seed, cost):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    x = points(len(k), seed, 2, 1)
    table = costs(cost, x, x)
    i, samples, fake = batches(k, m, x)

    def loss(s):
        return CTransform(cost).discriminator_loss(s[i], fake, samples=samples)

    least = -oracles.ot_primal(p, q, table)
    assert oracles.at(loss, duals(p, q, table)) == pytest.approx(least, abs=1e-8)
    assert oracles.at(loss, 3 * np.random.default_rng(seed).normal(size=len(k))) >= least - 1e-9


@settings(max_examples=6)
@given(oracles.counts(high=4), st.integers(0, 99), st.sampled_from(COSTS), st.sampled_from([1.5, 4.0]))
def test_the_best_table_with_entropy_costs_what_sinkhorn_does_and_no_table_less(pair, seed, cost, entropy):
    k, m = pair
    rng = np.random.default_rng(seed)
    x = torch.tensor(rng.normal(1, 1, (len(k), 2)))
    i, samples, fake = batches(k, m, x)
    best, value = sinkhorn(oracles.law(k), oracles.law(m), costs(cost, x, x), entropy)

    def loss(s):
        return CTransform(cost, entropy).discriminator_loss(s[i], fake, samples=samples)

    assert -oracles.at(loss, best) == pytest.approx(value, abs=1e-7)
    assert oracles.at(loss, best + rng.normal(size=len(k))) >= -value - 1e-9


@every_cost
@pytest.mark.parametrize("shape", [(3,), (2, 1, 3), ()])
def test_values_are_those_of_a_double_loop(cost, shape, device):
    x, y = points(4, 1, *shape), points(5, 2, *shape)
    s = np.random.default_rng(3).normal(2, 1, (4, 2))
    gaps = costs(cost, x, y)[:, :, None] - s[:, None]
    hard, soft = gaps.min(0).mean(), np.mean(-0.3 * logsumexp(gaps / -0.3, axis=0, b=1 / 4))
    real, fake = torch.tensor(s, device=device), torch.zeros(5, 2, dtype=torch.float64, device=device)
    samples = x.to(device), y.to(device)
    for game, value in ((CTransform(cost), hard), (CTransform(cost, 0.3), soft)):
        assert game.generator_loss(real, fake, samples=samples).item() == pytest.approx(value, rel=1e-12)
        assert game.discriminator_loss(real, fake, samples=samples).item() == pytest.approx(
            -s.mean() - value, rel=1e-12
        )


@every_cost
def test_the_soft_minimum_rises_with_entropy_from_the_hard_one_to_the_mean(cost):
    x, y, s = points(5, 1, 2), points(4, 2, 2), points(5, 3)
    values = [
        CTransform(cost, entropy).generator_loss(s, torch.zeros(4), samples=(x, y)).item()
        for entropy in (0, 1e-3, 0.1, 1, 10, 1e5)
    ]
    assert values == sorted(values)
    assert values[1] == pytest.approx(values[0], abs=1e-3 * np.log(5) + 1e-9)
    assert values[-1] == pytest.approx((costs(cost, x, y) - s.numpy()[:, None]).mean(), abs=1e-3)


@pytest.mark.parametrize("cost", ["l1", "l2"])
def test_of_scores_of_slope_one_it_is_minus_the_scores(cost):
    x = points(6, 4, 2)
    s = torch.tensor(costs(cost, x, x[:1])[:, 0])  # a distance is 1-Lipschitz
    loss = CTransform(cost).generator_loss(s, torch.zeros(4), samples=(x, x[:4]))
    assert loss.item() == pytest.approx(-s[:4].mean().item(), rel=1e-12)


def test_on_a_line_the_best_scores_cost_what_sorting_does():
    x, y = points(7, 5, 1), points(7, 6, 1)
    for cost, value in (("l2", np.abs), ("squared", lambda gap: gap**2 / 2)):
        s = torch.tensor(duals(np.full(7, 1 / 7), np.full(7, 1 / 7), costs(cost, x, y)))
        loss = CTransform(cost).discriminator_loss(s, torch.zeros(7), samples=(x, y))
        assert -loss.item() == pytest.approx(value(np.sort(x.numpy(), 0) - np.sort(y.numpy(), 0)).mean(), rel=1e-9)


@pytest.mark.parametrize("entropy", [0.0, 0.4])
@every_cost
def test_a_common_shift_of_scores_changes_nothing(cost, entropy):
    x, y, s = points(4, 7, 2), points(3, 8, 2), points(4, 9)
    game, fake = CTransform(cost, entropy), torch.zeros(3)
    losses = [game.discriminator_loss(s + shift, fake, samples=(x, y)).item() for shift in (0, 5)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-12)


@pytest.mark.parametrize(
    ("cost", "slope"), [("l1", [[1, -1], [-1, 1]]), ("l2", [[0.6, -0.8], [-0.8, 0.6]]), ("squared", [[3, -4], [-4, 3]])]
)
def test_fakes_are_pulled_to_the_real_sample_that_claims_them(cost, slope):
    x = torch.tensor([[0.0, 0.0], [100.0, 0.0]], dtype=torch.float64)
    y = torch.tensor([[3.0, -4.0], [96.0, 3.0]], dtype=torch.float64, requires_grad=True)
    fake = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    loss = CTransform(cost).generator_loss(torch.zeros(2, dtype=torch.float64), fake, samples=(x, y))
    found, unused = torch.autograd.grad(loss, [y, fake], allow_unused=True)
    np.testing.assert_allclose(2 * found.numpy(), slope if cost != "l2" else [[0.6, -0.8], [-0.8, 0.6]], rtol=1e-9)
    assert unused is None


@pytest.mark.parametrize("entropy", [0.0, 0.4])
@every_cost
def test_both_derivatives_by_scores_and_samples_are_right(cost, entropy):
    x, y, s = (points(3, seed, 2).requires_grad_() for seed in (1, 2, 3))

    def loss(x, y, s):
        return CTransform(cost, entropy).discriminator_loss(s, torch.zeros(3, 2), samples=(x, y))

    assert torch.autograd.gradcheck(loss, (x, y, s))
    assert torch.autograd.gradgradcheck(loss, (x, y, s), fast_mode=True)


@every_cost
def test_gradients_are_finite_where_samples_coincide(cost):
    x = points(3, 1, 2)
    for entropy in (0.0, 0.4):
        y = x.clone().requires_grad_()
        loss = CTransform(cost, entropy).generator_loss(torch.zeros(3), torch.zeros(3), samples=(x, y))
        (gradient,) = torch.autograd.grad(loss, y, create_graph=True)
        assert gradient.isfinite().all()
        assert torch.autograd.grad(gradient.square().sum(), y)[0].isfinite().all()


@pytest.mark.parametrize(
    ("cost", "n", "m", "d", "heads"), [("l1", 150, 200, 64, 1), ("l2", 900, 1400, 3, 1), ("squared", 300, 1300, 3, 4)]
)
def test_large_batches_are_worked_through_in_parts(cost, n, m, d, heads):
    x, y = points(n, 1, d), points(m, 2, d).requires_grad_()
    s, held = points(n, 3, heads), []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: held.append(t.untyped_storage().nbytes()) or t, lambda t: t
    ):
        loss = CTransform(cost).generator_loss(s, torch.zeros(m, heads), samples=(x, y))
    gaps = costs(cost, x, y.detach())[:, :, None] - s.numpy()[:, None]
    assert loss.item() == pytest.approx(gaps.min(0).mean(), rel=1e-9)
    assert sum(held) < 8 * n * m  # a matrix of all costs would be more, of all differences much more
    (gradient,) = torch.autograd.grad(loss, y)
    whole = y.detach().requires_grad_()
    parts = [CTransform(cost).generator_loss(s, torch.zeros(50, heads), samples=(x, part)) for part in whole.split(50)]
    torch.testing.assert_close(gradient, torch.autograd.grad(torch.stack(parts).mean(), whole)[0])


@every_cost
def test_precision_is_kept_far_from_the_origin_and_under_autocast(cost, device):
    x, y, s = points(5, 1, 2).float(), points(4, 2, 2).float(), points(5, 3).float()
    exact = (costs(cost, x, y) - s.numpy()[:, None]).min(0).mean()
    far = CTransform(cost).generator_loss(
        s.to(device), torch.zeros(4), samples=(x.to(device) + 1000, y.to(device) + 1000)
    )
    assert far.item() == pytest.approx(exact, abs=2e-3)
    with torch.autocast(device.type, torch.bfloat16):
        near = CTransform(cost).generator_loss(s.to(device), torch.zeros(4), samples=(x.to(device), y.to(device)))
    assert near.item() == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@every_cost
def test_half_precision_is_widened(cost, dtype):
    x, y = torch.full((2, 4), 300.0, dtype=dtype), torch.full((2, 4), -300.0, dtype=dtype)
    s = torch.tensor([1e4, -1e4], dtype=dtype)
    expected = costs(cost, x.double(), y.double())[0, 0] - s.double().max().item()
    game = CTransform(cost)
    assert game.generator_loss(s, s, samples=(x, y)).item() == pytest.approx(expected, rel=1e-6)
    assert game.discriminator_loss(s[:1], s, samples=(x[:1], y)).item() == pytest.approx(
        -costs(cost, x.double(), y.double())[0, 0], rel=1e-6
    )


def test_defaults_are_the_hard_minimum_of_euclidean_distances():
    assert CTransform() == CTransform("l2", 0.0)


def test_every_real_sample_needs_its_score():
    samples = torch.randn(4, 2), torch.randn(3, 2)
    CTransform().discriminator_loss(torch.randn(4), torch.randn(5), samples=samples)  # fakes need none
    for turn in (CTransform().discriminator_loss, CTransform().generator_loss):
        with pytest.raises(ValueError, match="every real sample needs its score, got 2 scores of 4 samples"):
            turn(torch.randn(2, 3), torch.randn(3), samples=samples)


def test_generator_without_real_scores_is_refused_in_words():
    with pytest.raises(ValueError, match="scores, got none"):
        CTransform().generator_loss(None, torch.randn(2), samples=(torch.randn(2, 2), torch.randn(2, 2)))
