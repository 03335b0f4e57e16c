"""R2 on critics whose gradient is known in closed form, and what it does to the Dirac game.

Mutations that turn this red: the half left out; the real samples instead of the fake ones; the mean over elements
instead of the sum.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.hinge import Hinge
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.relativistic import Relativistic
from rivalry_zoo.objectives.wasserstein import Wasserstein
from rivalry_zoo.penalties.r1 import R1
from rivalry_zoo.penalties.r2 import R2

PENALTY = R2()


def penalise(judge, samples):
    """The penalty of fake samples; the real ones are poison, so the value says that they are ignored."""
    other = torch.full_like(samples, torch.nan)
    return PENALTY(judge, other, samples)


def normal(*shape, seed=0, device="cpu"):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(device)


@settings(max_examples=30)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=5))
def test_linear_critic_pays_half_its_squared_slope(w):
    slope = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    value = penalise(lambda x: x @ slope, normal(4, len(w)))
    value.backward()
    assert value.item() == pytest.approx(np.dot(w, w) / 2, rel=1e-12)
    np.testing.assert_allclose(slope.grad.numpy(), w, atol=1e-12)


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
def test_quadratic_critic_pays_half_the_mean_of_its_squared_gradient(size, n, seed):
    numbers = np.random.default_rng(seed)
    curve, x = numbers.normal(size=(size, size)), numbers.normal(size=(n, size))
    curve = curve + curve.T
    value = penalise(lambda t: torch.einsum("ni,ij,nj->n", t, torch.tensor(curve), t) / 2, torch.tensor(x))
    assert value.item() == pytest.approx(np.mean(np.sum((x @ curve) ** 2, 1)) / 2, rel=1e-10)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 2, 3, 3)])
def test_squares_are_summed_over_the_sample_and_averaged_over_the_batch(shape, device):
    x = normal(*shape, device=device)
    value = penalise(lambda t: t.pow(2).reshape(5, -1).sum(1) / 2, x)
    assert value.item() == pytest.approx((x**2).sum().item() / 5 / 2, rel=1e-10)


def test_patches_and_scales_count_together():
    value = penalise(lambda x: [2 * x, x.flatten(1).sum(1)], normal(4, 1, 2, 2))
    assert value.item() == pytest.approx(3**2 * 4 / 2)


def test_second_derivatives_by_the_critics_weights_are_right():
    weights = [normal(*shape, seed=seed).requires_grad_() for seed, shape in enumerate([(3, 4), (4,), (4,)], 1)]
    x = normal(3, 3)

    def value(first, bias, second):
        return penalise(lambda t: torch.tanh(t @ first + bias) @ second, x)

    assert torch.autograd.gradcheck(value, weights)
    assert torch.autograd.gradgradcheck(value, weights)


def test_no_gradient_reaches_the_generator():
    weight, slope = normal(3).requires_grad_(), normal(3).requires_grad_()
    value = penalise(lambda x: (x**2) @ slope, normal(4, 3) * weight)
    by_generator, by_critic = torch.autograd.grad(value, [weight, slope], allow_unused=True)
    assert by_generator is None
    assert by_critic.any()


def test_flat_critic_pays_nothing_and_has_no_gradient():
    slope = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    value = penalise(lambda x: x @ slope, normal(4, 3))
    value.backward()
    assert value.item() == 0
    assert not slope.grad.any()


def test_half_precision_is_finite():
    assert penalise(lambda x: 1000 * x.sum(1), torch.ones(4, 8, dtype=torch.float16)).item() == 4e6


SPEEDS = [(Minimax(), 0.5), (NonSaturating(), 0.5), (Relativistic(), 0.5), (Hinge(), 1.0), (Wasserstein(), 1.0)]


@pytest.mark.parametrize("strength", [0.2, 0.8])
@pytest.mark.parametrize(("game", "speed"), SPEEDS)
def test_dirac_game_becomes_stable(game, speed, strength):
    found = oracles.dirac_eigenvalues(game, [(PENALTY, strength)])
    turn = 1j * np.sqrt(speed**2 - strength**2 / 4)
    np.testing.assert_allclose(found, [-strength / 2 - turn, -strength / 2 + turn], atol=1e-8)


def test_dirac_game_of_r3gan_is_damped_by_both_penalties():
    found = oracles.dirac_eigenvalues(Relativistic(), [(R1(), 0.3), (R2(), 0.3)])
    turn = 1j * np.sqrt(0.25 - 0.3**2)
    np.testing.assert_allclose(found, [-0.3 - turn, -0.3 + turn], atol=1e-8)
