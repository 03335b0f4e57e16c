"""A critic trained afresh parts two sets at a slope of about one, and leaves the global random state alone.

Mutations tried (a test failed for each): real and fake exchanged, no penalty, the slope of one component alone.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.fresh_critic import fresh_critic, steepness


def sets(device="cpu"):
    draw = torch.Generator().manual_seed(0)
    return tuple((torch.randn(100, 2, generator=draw) / 4 + torch.tensor([side, 0.0])).to(device) for side in (1, -1))


def test_critic_is_higher_at_real_samples_at_a_slope_of_about_one(device):
    real, fake = sets(device)
    critic = fresh_critic(real, fake, 100, 32, 0)
    gap = float(critic(real).mean() - critic(fake).mean())
    assert 1.6 < gap < 2.2
    assert float(steepness(critic, torch.cat([real, fake])).max()) < 1.2
    assert not critic.training
    assert not any(weight.requires_grad for weight in critic.parameters())
    assert [layer.out_features for layer in critic if hasattr(layer, "out_features")] == [32, 32, 1]


def test_equal_seeds_give_equal_critics_and_leave_the_random_state_alone():
    real, fake = sets()
    before = torch.get_rng_state()
    with torch.no_grad():
        scores = [fresh_critic(real, fake, 3, 8, seed)(real) for seed in (0, 0, 1)]
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(scores[0], scores[1])
    assert not torch.equal(scores[0], scores[2])
    assert scores[0].shape == (100,)


@pytest.mark.parametrize("without", [torch.no_grad, torch.enable_grad])
def test_steepness_is_the_gradients_norm(without):
    points = np.random.default_rng(0).normal(size=(20, 3))
    with without():
        found = steepness(lambda x: x[:, 0] * x[:, 1] - 2 * x[:, 2], torch.tensor(points))
    assert_allclose(found, np.sqrt(points[:, 1] ** 2 + points[:, 0] ** 2 + 4))
