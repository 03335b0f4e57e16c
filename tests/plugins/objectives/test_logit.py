"""The logit generator descends KL(q || p), at the optimum of the library's own discriminator.

Mutations that turn this red: the generator's sign; the mean of sigma(s) for that of s; a half on the real term.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import oracles
from rivalry_zoo.objectives.logit import Logit
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating

GAME = Logit()


@settings(max_examples=8)
@given(oracles.counts())
def test_at_the_optimum_the_generator_has_the_value_and_gradient_of_reverse_kl(pair):
    k, m = pair
    p, q = oracles.law(k), oracles.law(m)
    table, value = oracles.minimise(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))
    assert value == pytest.approx(2 * np.log(2) - 2 * oracles.js(p, q), abs=1e-9)
    _, fake = oracles.exact_batches(torch.tensor(table), k, m)
    assert GAME.generator_loss(None, fake).item() == pytest.approx(oracles.kl(q, p), abs=1e-5)
    gradient = oracles.generator_gradient(lambda s: GAME.generator_loss(None, s), table, q)
    np.testing.assert_allclose(gradient, oracles.slope(lambda r: oracles.kl(r, p), q), atol=1e-5)


def test_generator_is_the_sum_of_the_saturating_and_the_non_saturating_one(device):
    fake = 10 * torch.randn(64, dtype=torch.float64, device=device)
    both = Minimax().generator_loss(None, fake) + NonSaturating().generator_loss(None, fake)
    torch.testing.assert_close(GAME.generator_loss(None, fake), both)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_slope_is_the_same_at_every_score(dtype, device):
    fake = torch.tensor([-1e4, -1.0, 3.0, 1e4], dtype=dtype, device=device, requires_grad=True)
    assert GAME.discriminator_loss(-fake, fake).isfinite()
    (gradient,) = torch.autograd.grad(GAME.generator_loss(None, fake), fake)
    assert gradient.tolist() == [-0.25] * 4


def test_both_derivatives_of_the_losses_are_right():
    real, fake = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    assert torch.autograd.gradcheck(
        lambda r, f: (GAME.discriminator_loss(r, f), GAME.generator_loss(None, f)), (real, fake)
    )
    assert torch.autograd.gradgradcheck(GAME.discriminator_loss, (real, fake))


def test_dirac_game_circles():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [-1j * 0.5**0.5, 1j * 0.5**0.5], atol=1e-8)
