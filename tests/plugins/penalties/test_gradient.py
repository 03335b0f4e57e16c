"""The gradient penalty on critics whose gradient is known in closed form.

Mutations that turn this red: one coefficient per element; one per batch; real and fake exchanged in the interpolation;
the norm over one dimension only; the mean of norms instead of the mean of squares; no TINY under the root; the
exponent on squared norms in place of norms; the mean in place of the maximum; noise on both sides of the real samples;
one coefficient of noise for all of them; a look at the fakes where real samples are wanted.
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


# at other points


POINTS = {
    "real": GradientPenalty(0.5, at="real"),
    "uniform": GradientPenalty(0.5, at="perturbed"),
    "gaussian": GradientPenalty(0.5, at="perturbed", noise="gaussian", spread=0.1),
}


@pytest.mark.parametrize("penalty", POINTS.values(), ids=POINTS)
def test_fakes_do_not_matter_where_real_samples_are_wanted(penalty):
    real, poison = samples(4, 3)[0], torch.full((2, 7), torch.nan, dtype=torch.float64)

    def judge(x):
        return (x**3).sum(1)

    value = penalty(judge, real, poison, draw=stream(3))
    assert value.isfinite()
    assert value.item() == penalty(judge, real, real + 1, draw=stream(3)).item()


@pytest.mark.parametrize("at", ["real", "fake"])
def test_at_the_samples_themselves_it_is_of_their_own_gradients(at):
    wanted, poison = samples(5, 2, 2)[0], torch.full((3, 2, 2), torch.nan, dtype=torch.float64)
    pair = (wanted, poison) if at == "real" else (poison, wanted)
    value = GradientPenalty(0.75, at=at)(lambda x: (x**2).sum((1, 2)) / 2, *pair, draw=stream(0))
    norms = np.linalg.norm(wanted.numpy().reshape(5, -1), axis=1)
    assert value.item() == pytest.approx(np.mean((norms - 0.75) ** 2), rel=1e-9)


@settings(max_examples=10)
@given(w=vectors, target=targets, noise=st.sampled_from(["uniform", "gaussian"]), spread=st.floats(0.1, 4))
def test_a_linear_critic_pays_alike_whatever_the_noise(w, target, noise, spread):
    value, gradient = on_linear_critic(GradientPenalty(target, at="perturbed", noise=noise, spread=spread), w)
    norm = np.linalg.norm(w)
    assert value == pytest.approx((norm - target) ** 2, abs=1e-8)
    np.testing.assert_allclose(gradient, 2 * (norm - target) * np.array(w) / norm, atol=1e-6)


def looked_at(penalty, real, seed=4):
    seen = []

    def judge(x):
        seen.append(x.detach())
        return (x**2).flatten(1).sum(1)

    penalty(judge, real, real, draw=stream(seed, real.device))
    return seen[0]


def test_uniform_noise_is_on_one_side_and_has_a_coefficient_per_sample(device):
    real = samples(500, 2, 4, 5, device=device)[0] * 3 + 1
    noise = (looked_at(GradientPenalty(at="perturbed", spread=0.8), real) - real).cpu().numpy().reshape(500, -1)
    bound = 0.8 * real.cpu().numpy().std()
    assert noise.min() >= 0
    assert bound * 0.95 < noise.max() < bound
    most = noise.max(1) / bound  # of 40 uniform numbers, times the sample's coefficient
    assert most.std() == pytest.approx(np.sqrt(1 / 12), rel=0.1)
    np.testing.assert_allclose(noise.mean(), bound / 4, rtol=0.1)
    shares = noise / noise.max(1, keepdims=True)  # nearly uniform on [0, 1]
    assert shares.mean() == pytest.approx(0.5, abs=0.02)
    assert shares.std(1).mean() == pytest.approx(np.sqrt(1 / 12), rel=0.05)


def test_one_real_number_is_perturbed_by_nothing():
    real = torch.tensor([[2.0]])  # a batch without deviation
    assert looked_at(GradientPenalty(at="perturbed"), real).item() == 2


def test_gaussian_noise_has_the_stated_deviation(device):
    real = samples(500, 40, device=device)[0]
    noise = (looked_at(GradientPenalty(at="perturbed", noise="gaussian", spread=0.3), real) - real).cpu().numpy()
    assert noise.mean() == pytest.approx(0, abs=5 * 0.3 / np.sqrt(noise.size))
    assert noise.std() == pytest.approx(0.3, rel=0.03)
    assert (noise**4).mean() == pytest.approx(3 * 0.3**4, rel=0.1)


def test_noise_of_the_default_is_half_a_deviation():
    real = samples(300, 30)[0]
    noise = looked_at(GradientPenalty(at="perturbed"), real) - real
    assert noise.mean().item() == pytest.approx(real.numpy().std() / 8, rel=0.1)


@pytest.mark.parametrize("noise", ["uniform", "gaussian"])
def test_points_keep_the_type_of_the_real_samples(noise):
    real, fake = samples(4, 3)[0].bfloat16(), samples(4, 3)[1].float()
    assert looked_at(GradientPenalty(at="perturbed", noise=noise), real).dtype == torch.bfloat16
    GradientPenalty()(lambda x: x.sum(1) if x.dtype == torch.bfloat16 else None, real, fake, draw=stream(0))


# other powers and the maximum


@settings(max_examples=20)
@given(w=vectors, exponent=st.floats(2, 7))
def test_the_exponent_is_of_the_norm(w, exponent):
    value, gradient = on_linear_critic(GradientPenalty(0.0, exponent=exponent), w)
    norm = np.linalg.norm(w)
    assert value == pytest.approx(norm**exponent, rel=1e-9)
    np.testing.assert_allclose(gradient, exponent * norm ** (exponent - 2) * np.array(w), rtol=1e-9, atol=1e-30)


@pytest.mark.parametrize("exponent", [2.0, 3.0, 6.0])
def test_a_flat_critic_has_no_gradient_whatever_the_exponent(exponent):
    slope = torch.zeros(3, requires_grad=True)
    value = GradientPenalty(0.0, exponent=exponent)(lambda x: x @ slope, *samples(4, 3).float(), draw=stream(0))
    value.backward()
    assert value.item() == 0
    assert not slope.grad.any()


NORMS = [3.0, 0.25, 2.0, 0.5]
LARGEST = [
    (GradientPenalty(0.0, at="real", statistic="maximum"), 9.0),
    (GradientPenalty(0.0, at="real", statistic="maximum", exponent=3.0), 27.0),
    (GradientPenalty(1.0, at="real", statistic="maximum"), 4.0),
    (GradientPenalty(2.5, at="real", statistic="maximum"), 2.25**2),
    (GradientPenalty(2.5, "one", at="real", statistic="maximum"), 0.25),
]


@pytest.mark.parametrize(("penalty", "expected"), LARGEST)
def test_the_maximum_is_over_the_batch(penalty, expected):
    real = torch.tensor(NORMS, dtype=torch.float64)[:, None] * torch.tensor([0.6, -0.8], dtype=torch.float64)
    value = penalty(lambda x: (x**2).sum(1) / 2, real, real, draw=stream(0))
    assert value.shape == ()
    assert value.item() == pytest.approx(expected, rel=1e-9)


OTHERS = [
    GradientPenalty(0.0, exponent=6.0),
    GradientPenalty(0.0, exponent=3.0, at="real", statistic="maximum"),
    GradientPenalty(0.3, at="perturbed"),
    GradientPenalty(0.3, "one", at="fake", statistic="maximum"),
]


@pytest.mark.parametrize("penalty", OTHERS)
def test_second_derivatives_are_right_of_other_forms(penalty):
    test_second_derivatives_by_the_critics_weights_are_right(penalty)


@pytest.mark.parametrize("at", ["real", "fake", "perturbed"])
def test_no_gradient_reaches_the_generator_from_other_points(at):
    weight = torch.ones(3, dtype=torch.float64, requires_grad=True)
    slope = torch.ones(3, dtype=torch.float64, requires_grad=True)
    x, y = samples(4, 3)
    value = GradientPenalty(at=at)(lambda x: (x**2) @ slope, x * weight, y * weight, draw=stream(0))
    by_generator, by_critic = torch.autograd.grad(value, [weight, slope], allow_unused=True)
    assert by_generator is None
    assert by_critic.any()


@pytest.mark.parametrize(("strength", "exponent"), [(2.0, 6.0), (0.5, 3.0), (0.7, 2.0)])
def test_linear_critic_of_the_wasserstein_divergence_settles_at_its_slope(strength, exponent):
    distance = 1.5
    real, fake = torch.full((1, 1), distance, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)

    def cost(slope):
        def judge(x):
            return (x * slope).squeeze(1)

        penalty = GradientPenalty(0.0, exponent=exponent)(judge, real, fake, draw=stream(0))
        return Wasserstein().discriminator_loss(judge(real), judge(fake)) + strength * penalty

    settled, _ = oracles.minimise(lambda slope: cost(slope + 0.5), 1)
    assert settled[0] + 0.5 == pytest.approx((distance / (strength * exponent)) ** (1 / (exponent - 1)), abs=1e-5)


@pytest.mark.parametrize("at", ["real", "fake"])
def test_zero_centred_at_the_samples_it_makes_the_dirac_game_stable(at):
    found = oracles.dirac_eigenvalues(NonSaturating(), [(GradientPenalty(0.0, at=at), 0.2)], draw=stream(0))
    turn = 1j * np.sqrt(0.25 - 0.2**2)
    np.testing.assert_allclose(found, [-0.2 - turn, -0.2 + turn], atol=1e-8)


def test_a_high_exponent_leaves_the_dirac_game_marginal():
    found = oracles.dirac_eigenvalues(NonSaturating(), [(GradientPenalty(0.0, exponent=6.0), 2.0)], draw=stream(0))
    np.testing.assert_allclose(found, [-0.5j, 0.5j], atol=1e-8)


# faults between arguments


def test_the_power_of_an_excess_is_refused_in_words():
    with pytest.raises(ValueError, match=r"exponent 6\.0 and target 1\.0; take target: 0, or leave the exponent out"):
        GradientPenalty(exponent=6.0)
    with pytest.raises(ValueError, match=r"exponent 2\.5 and target 0\.1"):
        GradientPenalty(0.1, exponent=2.5)
    assert GradientPenalty(0.1, exponent=2.0).exponent == 2
    assert GradientPenalty(0.0, exponent=2.5).target == 0


@pytest.mark.parametrize("at", ["interpolates", "real", "fake"])
@pytest.mark.parametrize("stated", [{"noise": "gaussian"}, {"spread": 0.25}])
def test_noise_where_nothing_is_perturbed_is_refused_in_words(at, stated):
    with pytest.raises(ValueError, match=f"noise and spread are of perturbed samples, got at: {at}"):
        GradientPenalty(at=at, **stated)
    assert GradientPenalty(at=at, noise="uniform", spread=0.5).at == at
    assert GradientPenalty(at="perturbed", **stated).at == "perturbed"
