"""The softmax game against scipy's softmax and the Donsker-Varadhan value of its populations.

Mutations that turn this red: the mean over the reals in the generator's turn; the sum of the fakes alone under the
logarithm; the half precision not widened.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp, softmax

import oracles
from rivalry_zoo.objectives.softmax import Softmax

GAME = Softmax()
scores = st.lists(st.floats(-30, 30), min_size=1, max_size=6)


def tensors(*rows):
    return [torch.tensor(row, dtype=torch.float64, requires_grad=True) for row in rows]


@settings(max_examples=8)
@given(oracles.counts())
def test_optimal_losses_are_the_divergences_from_and_to_the_mixture(pair):
    k, m = pair
    p, size = oracles.law(k), k.sum() + m.sum()
    mixture = (k + m) / size
    table, value = oracles.minimise(lambda s: GAME.discriminator_loss(*oracles.exact_batches(s, k, m)), len(k))
    expected = np.log(p / mixture)
    np.testing.assert_allclose(table - table.mean(), expected - expected.mean(), atol=1e-4)
    assert value - np.log(size) == pytest.approx(-oracles.kl(p, mixture), abs=1e-8)
    found = oracles.at(lambda s: GAME.generator_loss(*oracles.exact_batches(s, k, m)), table)
    assert found - np.log(size) == pytest.approx(oracles.kl(mixture, p), abs=1e-4)


@settings(max_examples=15)
@given(scores, scores)
def test_losses_are_cross_entropies_and_keep_their_bounds(real, fake):
    batch, both = np.r_[real, fake], tensors(real, fake)
    cost, gain = GAME.discriminator_loss(*both).item(), GAME.generator_loss(*both).item()
    assert cost == pytest.approx(-np.mean(np.log(softmax(batch)[: len(real)])), abs=1e-9)
    assert gain == pytest.approx(logsumexp(batch - batch.mean()), abs=1e-9)
    assert cost >= np.log(len(real)) - 1e-9
    assert gain >= np.log(len(batch)) - 1e-9


@settings(max_examples=10)
@given(scores, scores)
def test_generator_slope_is_the_softmax_less_the_even_share(real, fake):
    both = tensors(real, fake)
    found = np.concatenate(torch.autograd.grad(GAME.generator_loss(*both), both))
    np.testing.assert_allclose(found, softmax(np.r_[real, fake]) - 1 / len(found), atol=1e-12)


@pytest.mark.parametrize("level", [-3.0, 0.0, 700.0])
def test_equal_scores_attain_the_generators_bound(level):
    found = GAME.generator_loss(*tensors([level] * 3, [level] * 4)).item()
    assert found == pytest.approx(np.log(7), abs=1e-12)


def test_the_discriminators_bound_is_only_approached():
    assert GAME.discriminator_loss(*tensors([9.0] * 3, [-9.0] * 4)).item() > np.log(3)
    assert GAME.discriminator_loss(*tensors([500.0] * 3, [-500.0] * 4)).item() == pytest.approx(np.log(3), abs=1e-12)


@settings(max_examples=10)
@given(scores, scores, st.floats(-50, 50))
def test_a_common_shift_changes_nothing(real, fake, shift):
    plain, moved = tensors(real, fake), tensors(np.add(real, shift), np.add(fake, shift))
    for turn in (GAME.discriminator_loss, GAME.generator_loss):
        assert turn(*moved).item() == pytest.approx(turn(*plain).item(), abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_losses_and_gradients_are_finite_at_extreme_scores(dtype, device):
    real, fake = (torch.tensor(s, dtype=dtype, device=device, requires_grad=True) for s in ([1e4, -1e4], [-1e4, 1e4]))
    for turn in (GAME.discriminator_loss, GAME.generator_loss):
        loss = turn(real, fake)
        assert loss.isfinite()
        assert all(g.isfinite().all() for g in torch.autograd.grad(loss, [real, fake]))


def test_half_precision_keeps_small_differences_of_large_scores():
    high = torch.full((4,), 8192.0, dtype=torch.float16)  # whose neighbours are 8 apart
    assert GAME.generator_loss(high, high).item() == pytest.approx(np.log(8), abs=2e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened_before_anything_else(dtype):
    real, fake = torch.randn(5).to(dtype), torch.randn(7).to(dtype)
    batch = torch.cat([real, fake]).double().numpy()
    expected = logsumexp(batch) - batch[:5].mean(), logsumexp(batch) - batch.mean()
    found = GAME.discriminator_loss(real, fake).item(), GAME.generator_loss(real, fake).item()
    assert found == pytest.approx(expected, rel=1e-6)
    assert GAME.generator_loss(real, fake.float()).item() == pytest.approx(expected[1], rel=1e-6)
    assert GAME.generator_loss(real.float(), fake).item() == pytest.approx(expected[1], rel=1e-6)


def test_both_derivatives_of_the_losses_are_right():
    real, fake = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    for turn in (GAME.discriminator_loss, GAME.generator_loss):
        assert torch.autograd.gradcheck(turn, (real, fake))
        assert torch.autograd.gradgradcheck(turn, (real, fake))


def test_generator_without_real_scores_is_refused_in_words():
    with pytest.raises(ValueError, match="got no real ones"):
        GAME.generator_loss(None, torch.randn(4))


def test_dirac_game_does_not_move_the_generator_at_first_order():
    np.testing.assert_allclose(oracles.dirac_eigenvalues(GAME), [0, 0], atol=1e-8)
