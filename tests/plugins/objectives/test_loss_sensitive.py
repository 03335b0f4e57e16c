"""LS-GAN and GLS-GAN against linear programmes over energies.

Mutations that turn this red: U_f - U_r for the shortfall; the pull's sign; the slope applied to what is positive;
margins averaged, not summed; margins that carry gradients.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import oracles
from rivalry_zoo.objectives.loss_sensitive import LossSensitive


def margins(x, form, scale):
    gaps = (x[:, None] - x[None]).numpy().reshape(len(x), len(x), -1)
    return scale * (np.abs(gaps).sum(2) if form == "l1" else np.sqrt((gaps**2).sum(2)))


def programme(p, q, margin, pull, slope):
    """min over 0 <= U <= 3 of pull E_p U + sum_ij p_i q_j t_ij, t_ij above a and slope a with a = m_ij + U_i - U_j."""
    n = len(p)
    rows, limits = [], []
    for i in range(n):
        for j in range(n):
            for factor in (1, slope):
                row = np.zeros(n + n * n)
                row[i] += factor
                row[j] -= factor
                row[n + n * i + j] = -1
                rows.append(row)
                limits.append(-factor * margin[i, j])
    costs = np.r_[pull * p, np.outer(p, q).ravel()]
    bounds = [(0, 3)] * n + [(None, None)] * n**2
    found = linprog(costs, A_ub=np.array(rows), b_ub=limits, bounds=bounds, method="highs")
    return found.fun, found.x[:n]


@settings(max_examples=20)
@given(
    oracles.counts(high=4), st.integers(0, 99), st.sampled_from(["l1", "l2"]), st.sampled_from([0.0, 0.4, 1.0]),
    st.sampled_from([0.0, 0.3, -0.5, 1.0]),
)  # fmt: skip
def test_optimal_energies_solve_a_linear_programme(pair, seed, form, pull, slope):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    rng = np.random.default_rng(seed)
    x = torch.tensor(rng.normal(1, 2, (len(k), 2, 1)))
    i, j = oracles.all_pairs(torch.arange(len(k)), k, m)
    game = LossSensitive(0.3, form, pull, slope)

    def loss(energy):
        return game.discriminator_loss(-energy[i], -energy[j], samples=(x[i], x[j]))

    value, best = programme(p, q, margins(x, form, 0.3), pull, slope)
    assert oracles.at(loss, best) == pytest.approx(value, abs=1e-8)
    assert oracles.at(loss, rng.uniform(0, 3, len(k))) >= value - 1e-8


def test_a_kept_margin_costs_nothing_and_a_missed_one_what_is_missing(device):
    real, fake = torch.tensor([[1.0, -1.0]], device=device), torch.tensor([[0.0, 2.0]], device=device)
    game = LossSensitive(0.5, pull=0.0)  # the margin is 2
    for lead, cost in ((2.5, 0.0), (2.0, 0.0), (1.5, 0.5), (-1.0, 3.0)):
        score = torch.tensor([lead + 0.25], device=device)
        loss = game.discriminator_loss(score, torch.tensor([0.25], device=device), samples=(real, fake))
        assert loss.item() == pytest.approx(cost, abs=1e-6)


def test_slope_one_without_pull_is_a_difference_of_means_and_a_constant():
    real, fake = torch.randn(2, 5, 2, dtype=torch.float64)
    samples = tuple(torch.randn(2, 5, 3, dtype=torch.float64))
    game = LossSensitive(0.1, "l2", pull=0.0, slope=1.0)
    margin = 0.1 * np.linalg.norm((samples[0] - samples[1]).numpy(), axis=1).mean()
    expected = fake.numpy().mean() - real.numpy().mean() + margin
    assert game.discriminator_loss(real, fake, samples=samples).item() == pytest.approx(expected, rel=1e-12)


def test_generator_pays_the_energy_of_its_samples():
    fake = torch.tensor([1.0, 2.0, 6.0], requires_grad=True)
    y = torch.randn(3, 2, requires_grad=True)
    loss = LossSensitive().generator_loss(None, fake, samples=(torch.randn(3, 2), y))
    assert loss.item() == pytest.approx(-3)
    score, sample = torch.autograd.grad(loss, [fake, y], allow_unused=True)
    np.testing.assert_allclose(score.numpy(), -1 / 3, rtol=1e-6)
    assert sample is None


def test_gradients_pass_to_scores_and_not_to_samples():
    real, fake = torch.tensor([0.3, 1.0], requires_grad=True), torch.tensor([0.0, -9.0], requires_grad=True)
    x, y = torch.ones(2, 2, requires_grad=True), torch.zeros(2, 2, requires_grad=True)
    loss = LossSensitive(1.0, pull=0.5, slope=0.25).discriminator_loss(real, fake, samples=(x, y))
    found = torch.autograd.grad(loss, [real, fake, x, y], allow_unused=True)
    np.testing.assert_allclose(found[0].numpy(), [-0.25 - 0.5, -0.25 - 0.125], rtol=1e-6)  # slopes 1 and 1/4, halved
    np.testing.assert_allclose(found[1].numpy(), [0.5, 0.125], rtol=1e-6)
    assert found[2:] == (None, None)


def test_scores_of_several_critics_share_their_samples_margin():
    real, fake = torch.randn(2, 4, 3, dtype=torch.float64)
    samples = tuple(torch.randn(2, 4, 2, dtype=torch.float64))
    game = LossSensitive(0.7)
    single = [game.discriminator_loss(real[:, i], fake[:, i], samples=samples).item() for i in range(3)]
    assert game.discriminator_loss(real, fake, samples=samples).item() == pytest.approx(np.mean(single), rel=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    real, fake = torch.full((2,), -6e4, dtype=dtype), torch.full((2,), 6e4, dtype=dtype)
    samples = torch.full((2, 99), 500.0, dtype=dtype), torch.full((2, 99), -500.0, dtype=dtype)
    loss = LossSensitive(1.0).discriminator_loss(real, fake, samples=samples)
    assert loss.item() == pytest.approx(99_000 + 120_000 + 60_000, rel=0.02)


def test_defaults_are_those_of_the_author_s_code():
    game = LossSensitive()
    assert (game.scale, game.distance, game.pull, game.slope) == (0.001, "l1", 1.0, 0.0)


def test_what_does_not_pair_up_is_refused_in_words():
    with pytest.raises(ValueError, match="pairs need one real sample beside each fake one"):
        LossSensitive().discriminator_loss(torch.randn(4), torch.randn(3), samples=(torch.randn(4), torch.randn(3)))
