"""The gradient penalty on critics whose gradient is known in closed form.

Mutations that turn this red: one coefficient per element; one per batch; real and fake exchanged in the interpolation;
the norm over one dimension only; the mean of norms instead of the mean of squares; no TINY under the root.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry.streams import stream
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.wasserstein import Wasserstein
from rivalry_zoo.penalties.gradient import GradientPenalty

vectors = st.lists(st.floats(-3, 3), min_size=2, max_size=5).filter(lambda w: np.linalg.norm(w) > 1e-3)
targets = st.floats(0.01, 3)


def samples(*shape, seed=0, device="cpu"):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(2, *shape, dtype=torch.float64, generator=draw).to(device)


def on_linear_critic(penalty, w):
    """Value of the penalty and its gradient by the slope w of the critic w.x."""
    slope = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    value = penalty(lambda x: x @ slope, *samples(4, len(w)), draw=stream(0))
    value.backward()
    return value.item(), slope.grad.numpy()


@settings(max_examples=30)
@given(vectors, targets)
def test_linear_critic_pays_the_squared_excess_of_its_slope(w, target):
    value, gradient = on_linear_critic(GradientPenalty(target), w)
    norm = np.linalg.norm(w)
    assert value == pytest.approx((norm - target) ** 2, abs=1e-8)
    np.testing.assert_allclose(gradient, 2 * (norm - target) * np.array(w) / norm, atol=1e-6)


@settings(max_examples=30)
@given(vectors, targets)
def test_one_sided_penalty_lets_slopes_below_the_target_go(w, target):
    value, gradient = on_linear_critic(GradientPenalty(target, sided="one"), w)
    excess = max(0.0, np.linalg.norm(w) - target)
    assert value == pytest.approx(excess**2, abs=1e-8)
    np.testing.assert_allclose(gradient, 2 * excess * np.array(w) / np.linalg.norm(w), atol=1e-6)


@pytest.mark.parametrize("sided", ["two", "one"])
@settings(max_examples=10)
@given(w=vectors)
def test_target_zero_is_the_squared_norm(sided, w):
    value, gradient = on_linear_critic(GradientPenalty(0.0, sided), w)
    assert value == pytest.approx(np.dot(w, w), rel=1e-12)
    np.testing.assert_allclose(gradient, 2 * np.array(w), rtol=1e-12)


@pytest.mark.parametrize("shape", [(6,), (6, 3), (6, 2, 4), (6, 1, 3, 3)])
def test_interpolates_have_one_coefficient_per_sample(shape, device):
    seen = []

    def judge(x):  # its gradient is the point itself
        seen.append(x.detach())
        return (x.flatten(1) ** 2).sum(1) / 2 if x.ndim > 1 else x**2 / 2

    real, fake = torch.ones(shape, device=device), torch.zeros(shape, device=device)
    value = GradientPenalty(target=0.0)(judge, real, fake, draw=stream(5, device))
    shares = stream(5, device).uniform(6)
    size = int(np.prod(shape[1:]))
    torch.testing.assert_close(seen[0].reshape(6, -1), shares[:, None].expand(6, size))
    assert value.item() == pytest.approx(size * shares.square().mean().item(), rel=1e-5)


def test_norm_is_over_everything_but_the_batch_and_the_mean_over_squares():
    real, _ = samples(5, 2, 3, 3)
    value = GradientPenalty(target=0.5)(lambda x: (x**2).flatten(1).sum(1) / 2, real, real, draw=stream(0))
    norms = np.linalg.norm(real.numpy().reshape(5, -1), axis=1)  # between equal ends there is one point only
    assert value.item() == pytest.approx(np.mean((norms - 0.5) ** 2), rel=1e-9)


def test_patches_and_scales_count_together():
    real, fake = samples(4, 1, 2, 2)

    def judge(x):
        return [2 * x, x.flatten(1).sum(1)]

    value = GradientPenalty()(judge, real, fake, draw=stream(0))
    assert value.item() == pytest.approx((3 * np.sqrt(4) - 1) ** 2, rel=1e-9)


@pytest.mark.parametrize("penalty", [GradientPenalty(), GradientPenalty(0.0), GradientPenalty(0.01, "one")])
def test_flat_critic_has_a_finite_gradient(penalty, device):
    slope = torch.zeros(3, device=device, requires_grad=True)
    real, fake = samples(4, 3, device=device).float()
    value = penalty(lambda x: x @ slope, real, fake, draw=stream(0, device))
    value.backward()
    assert slope.grad.isfinite().all()
    expected = penalty.target**2 if penalty.sided == "two" else 0
    assert value.item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_finite_for_flat_and_steep_critics(dtype):
    real, fake = samples(4, 8).to(dtype)
    for steepness in (0.0, 1.0, 1e3):
        value = GradientPenalty()(lambda x, s=steepness: (s * x).sum(1), real, fake, draw=stream(0))
        assert value.isfinite()


@pytest.mark.parametrize("penalty", [GradientPenalty(), GradientPenalty(0.0), GradientPenalty(0.01, "one")])
def test_second_derivatives_by_the_critics_weights_are_right(penalty):
    draw = torch.Generator().manual_seed(2)
    weights = [torch.randn(s, dtype=torch.float64, generator=draw).requires_grad_() for s in [(3, 4), (4,), (4,)]]
    real, fake = samples(3, 3)

    def value(first, bias, second):
        return penalty(lambda x: torch.tanh(x @ first + bias) @ second, real, fake, draw=stream(0))

    assert torch.autograd.gradcheck(value, weights)
    assert torch.autograd.gradgradcheck(value, weights)


def test_no_gradient_reaches_the_generator():
    weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
    slope = torch.ones(3, dtype=torch.float64, requires_grad=True)
    real, noise = samples(4, 3)
    value = GradientPenalty()(lambda x: (x**2) @ slope, real, noise * weight, draw=stream(0))
    by_generator, by_critic = torch.autograd.grad(value, [weight, slope], allow_unused=True)
    assert by_generator is None
    assert by_critic.any()


def test_same_stream_gives_the_same_penalty_and_another_seed_another():
    real, fake = samples(4, 3)
    first, again, other = (
        GradientPenalty()(lambda x: (x**3).sum(1), real, fake, draw=stream(seed)).item() for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize("shape", [(3, 2), (4, 3), (4, 2, 1)])
def test_unequal_batches_are_refused_in_words(shape):
    with pytest.raises(ValueError, match="equally many real and fake samples of one shape, got"):
        GradientPenalty()(lambda x: x.sum(1), torch.zeros(4, 2), torch.zeros(shape), draw=stream(0))


def test_linear_wasserstein_critic_settles_above_slope_one():
    distance, strength = 2.0, 10.0
    real, fake = torch.full((1, 1), distance, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)

    def cost(slope):
        def judge(x):
            return (x * slope).squeeze(1)

        penalty = GradientPenalty()(judge, real, fake, draw=stream(0))
        return Wasserstein().discriminator_loss(judge(real), judge(fake)) + strength * penalty

    settled, _ = oracles.minimise(lambda slope: cost(slope + 0.5), 1)
    assert settled[0] + 0.5 == pytest.approx(1 + distance / (2 * strength), abs=1e-6)


@pytest.mark.parametrize("strength", [0.1, 0.3])
def test_zero_centred_penalty_makes_the_dirac_game_stable(strength):
    found = oracles.dirac_eigenvalues(NonSaturating(), [(GradientPenalty(0.0), strength)], draw=stream(0))
    turn = 1j * np.sqrt(0.25 - strength**2)
    np.testing.assert_allclose(found, [-strength - turn, -strength + turn], atol=1e-8)
