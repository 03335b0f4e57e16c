"""The best statistic of a table of pairs measures Jensen-Shannon's information; and MEG is made of known parts.

Mutations that turn this red: joint and product exchanged; a half on either term.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_expit
from scipy.stats import norm

import oracles
from rivalry_zoo.losses.joint_information import JointInformation
from rivalry_zoo.losses.mutual_information import MutualInformation
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.wasserstein import Wasserstein
from rivalry_zoo.penalties.r1 import R1

LOSS = JointInformation()


@settings(max_examples=10)
@given(st.lists(st.lists(st.integers(1, 6), min_size=2, max_size=2), min_size=2, max_size=3))
def test_the_best_statistic_is_the_log_ratio_and_the_loss_jensen_shannon(rows):
    pairs = np.array(rows)
    product = np.outer(pairs.sum(1), pairs.sum(0))
    p, q = oracles.law(pairs.ravel()), oracles.law(product.ravel())
    batches = lambda s: oracles.exact_batches(s, pairs.ravel(), product.ravel())  # noqa: E731
    table, value = oracles.minimise(lambda s: LOSS(*batches(s)), pairs.size)
    np.testing.assert_allclose(table, np.log(p / q), atol=1e-5)
    assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)


def test_it_is_both_cross_entropies_without_a_half(device):
    joint, product = np.array([[2.0, -0.3], [0.7, 5.0]]), np.array([-1.0, 0.4, 0.9])
    expected = -log_expit(joint).mean() - log_expit(-product).mean()
    found = LOSS(*(torch.tensor(scores, device=device) for scores in (joint, product)))
    assert found.item() == pytest.approx(expected)


def test_it_is_what_minimaxs_discriminator_pays():
    joint, product = torch.randn(2, 8, dtype=torch.float64)
    assert torch.equal(LOSS(joint, product), Minimax().discriminator_loss(joint, product))


def test_independent_variables_leave_two_log_two():
    assert LOSS(torch.zeros(3), torch.zeros(5)).item() == pytest.approx(2 * np.log(2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    far = torch.tensor([1e4, -1e4, 0.125], dtype=dtype)
    assert LOSS(far, far).isfinite()
    near = torch.tensor([0.125, -0.75, 2.5], dtype=dtype)
    numbers = near.double().numpy()
    found = LOSS(near, far[2:]).item(), LOSS(far[2:], near).item()
    expected = -log_expit(numbers).mean() - log_expit(-0.125), -log_expit(-numbers).mean() - log_expit(0.125)
    assert found == pytest.approx(expected, rel=1e-6)


def test_derivatives_are_right():
    given = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    assert torch.autograd.gradcheck(LOSS, given)
    assert torch.autograd.gradgradcheck(LOSS, given)


def test_megs_energy_game_is_wassersteins_of_scores_minus_u_and_its_penalty_twenty_times_r1():
    """E_p U - E_q U + 10 E_p |grad U|^2 against E_q U, for U(x) = w.x + |x|^2 with gradient w + 2x."""
    w, draw = np.array([0.5, -1.0]), np.random.default_rng(0)
    x, y = draw.normal(size=(2, 6, 2))
    energy = lambda sample: sample @ torch.tensor(w) + sample.square().sum(1)  # noqa: E731
    real, fake = torch.tensor(x), torch.tensor(y)
    u_real, u_fake = x @ w + (x**2).sum(1), y @ w + (y**2).sum(1)
    game = Wasserstein()
    assert game.discriminator_loss(-energy(real), -energy(fake)).item() == pytest.approx(u_real.mean() - u_fake.mean())
    assert game.generator_loss(None, -energy(fake)).item() == pytest.approx(u_fake.mean())
    steep = 10 * ((w + 2 * x) ** 2).sum(1).mean()
    assert 20 * R1()(lambda sample: -energy(sample), real, fake).item() == pytest.approx(steep)


def test_megs_reconstruction_is_the_mutual_information_of_a_reading_of_variance_one():
    z, read = np.random.default_rng(1).normal(size=(2, 7, 3))
    squares = ((z - read) ** 2).sum(1).mean()
    found = MutualInformation()(torch.tensor(read), torch.tensor(z)).item()
    assert found == pytest.approx(squares / 2 + 3 * np.log(2 * np.pi) / 2)
    assert found == pytest.approx(-norm(read).logpdf(z).sum(1).mean())
