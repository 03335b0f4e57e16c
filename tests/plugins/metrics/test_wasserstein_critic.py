"""The distance by a fresh critic: shifted Gaussians, and the formula through critics that are known.

Mutations tried (a test failed for each): tested on what it was trained on, not divided by the slope, slopes in the
standardised space, points between left out, errors added instead of their squares.
"""

from math import sqrt

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.metrics import wasserstein_critic as module
from rivalry_zoo.metrics.wasserstein_critic import WassersteinCritic, wasserstein_critic


def gaussians(n, shift, d=1, seed=0):
    x, y = np.random.default_rng(seed).normal(size=(2, n, d))
    return torch.tensor(x), torch.tensor(y + shift)


@pytest.mark.parametrize("shift", [-2.0])
def test_gaussians_are_their_shift_apart(shift):
    score = wasserstein_critic(*gaussians(3000, shift), steps=120)
    assert abs(score.value - abs(shift)) < 0.1 * abs(shift)
    assert_allclose(score.error, sqrt(2 / 1500), rtol=0.15)


def test_distance_has_the_features_units_and_no_sign():
    real, fake = (x * 100 + 1e4 for x in gaussians(400, 2.0))
    assert_allclose(wasserstein_critic(fake, real, steps=60).value, 200, rtol=0.2)


def test_equal_distributions_are_at_about_zero():
    score = wasserstein_critic(*gaussians(400, 0.0, d=3), steps=50)
    assert abs(score.value) < 4 * score.error


@pytest.fixture
def known(monkeypatch):
    """Puts a function in the critic's place; gives what it would have been trained on and whatever was tested."""
    seen = {"tested": []}

    def use(function):
        def critic(x):
            seen["tested"].append(x.detach())
            return function(x)

        def trained(real, fake, *settings):
            seen.update(real=real, fake=fake, settings=settings)
            return critic

        monkeypatch.setattr(module, "fresh_critic", trained)
        return seen

    return use


def test_a_linear_critic_gives_the_difference_of_the_tested_halves_along_it(known, device):
    seen = known(lambda x: 5 * (0.6 * x[:, 0] - 0.8 * x[:, 1]))
    real, fake = gaussians(11, 1.5, d=2)[0], gaussians(8, 1.5, d=2, seed=1)[1]
    score = wasserstein_critic(real.to(device), fake.to(device), 7, 9, 3)
    assert seen["settings"] == (7, 9, 3)
    both = torch.cat([real, fake])
    centre, scale = both.mean(0), float((both - both.mean(0)).square().mean().sqrt())
    tested = []
    for name, rows in (("real", real), ("fake", fake)):
        trained = (seen[name].cpu().double() * scale + centre).numpy()
        left = [row for row in rows.numpy() if abs(trained - row).sum(1).min() > 1e-5]
        assert len(trained) == len(rows) // 2
        assert len(left) == len(rows) - len(rows) // 2
        tested.append(np.array(left) @ [0.6, -0.8])
    assert_allclose(score.value, tested[0].mean() - tested[1].mean(), rtol=1e-5)
    assert_allclose(score.error, np.sqrt(tested[0].var(ddof=1) / 6 + tested[1].var(ddof=1) / 4), rtol=1e-5)
    assert type(score.value) is type(score.error) is float
    assert len(seen["tested"][0]) == 6 + 4 + 4  # slopes at every tested sample and between pairs


def test_the_standardised_sets_have_no_mean_and_a_mean_square_of_one(known):
    seen = known(lambda x: x.sum(1))
    real, fake = gaussians(20, 3.0, d=4)
    wasserstein_critic(7 * real + 2, 7 * fake + 2)
    whole = torch.cat([seen["real"], seen["fake"], seen["tested"][0][:20]])
    assert whole.dtype == torch.float32
    assert_allclose(whole.mean(0), 0, atol=1e-6)
    assert_allclose(whole.square().mean(), 1, rtol=1e-6)


def test_slopes_between_the_sets_count(known):
    known(lambda x: (40 * x[:, 0]).tanh())
    real, fake = torch.ones(400, 1), -torch.ones(400, 1)  # where the critic is flat
    score = wasserstein_critic(real, fake)
    assert 2 / 40 <= score.value < 0.1


def test_slopes_at_the_samples_count(known):
    seen = known(lambda x: x[:, 0] + x[:, 0] ** 3)
    score = wasserstein_critic(*gaussians(40, 0.5))
    x, y = (rows.double().numpy() for rows in seen["tested"][1:])
    gap = (x + x**3).mean() - (y + y**3).mean()
    scale = score.value * (1 + 3 * max(abs(x).max(), abs(y).max()) ** 2) / gap
    both = torch.cat(gaussians(40, 0.5))
    assert_allclose(scale, both.std(correction=0), rtol=1e-4)


def test_order_of_the_samples_is_no_split(known):
    seen = known(lambda x: x[:, 0])
    rows = torch.arange(40.0)[:, None]
    wasserstein_critic(rows, rows)
    assert seen["real"].min() < 0 < seen["real"].max()
    assert not torch.equal(seen["real"], seen["fake"])
    first = seen["real"]
    wasserstein_critic(rows, rows, seed=1)
    assert not torch.equal(seen["real"], first)


def test_one_point_alone_is_at_no_distance_from_itself():
    score = wasserstein_critic(torch.full((5, 2), 3.0), torch.full((4, 2), 3.0))
    assert (score.value, score.error) == (0, 0)


@pytest.mark.parametrize("side", [0, 1])
def test_fewer_than_four_samples_are_refused(side, known):
    known(lambda x: x[:, 0])
    sets = list(gaussians(4, 1.0))
    wasserstein_critic(*sets)
    sets[side] = sets[side][:3]
    with pytest.raises(ValueError, match="must hold at least 4 feature vectors, not 3: draw more samples"):
        wasserstein_critic(*sets)


def test_component_hands_its_settings_on():
    real, fake = gaussians(20, 1.0)
    metric = WassersteinCritic(steps=2, width=8, seed=3)
    assert metric.compute(real, fake) == wasserstein_critic(real, fake, 2, 8, 3)
    assert metric.compute(real, fake) == metric.compute(real, fake)
    assert metric.direction == "lower"
