"""Group norm between layer norm and instance norm. Mutations caught: 8 channels a group; groups of unequal size."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.norms.group import GroupNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.layer import LayerNorm


@given(groups=st.sampled_from([1, 2, 3, 6]), eps=st.sampled_from([1e-5, 0.3]), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_each_group_of_channels_has_mean_0_and_variance_1(groups, eps, seed):
    x = np.random.default_rng(seed).normal(3, 2, size=(2, 6, 3, 2))
    parts = x.reshape(2, groups, -1)
    expected = (parts - parts.mean(2, keepdims=True)) / np.sqrt(parts.var(2, keepdims=True) + eps)
    found = GroupNorm(6, groups=groups, eps=eps).double()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(found, expected.reshape(x.shape), rtol=1e-9, atol=1e-12)


def test_one_group_is_layer_norm_and_a_group_a_channel_is_instance_norm(device):
    x = torch.randn(3, 4, 5, 2, device=device)
    torch.testing.assert_close(GroupNorm(4, groups=1).to(device)(x), LayerNorm(4).to(device)(x))
    torch.testing.assert_close(GroupNorm(4, groups=4).to(device)(x), InstanceNorm(4)(x))
    torch.testing.assert_close(GroupNorm(4, groups=1).to(device)(x[..., 0, 0]), LayerNorm(4).to(device)(x[..., 0, 0]))


@pytest.mark.parametrize(
    ("channels", "groups"), [(256, 32), (128, 32), (160, 32), (124, 31), (64, 16), (12, 3), (6, 1), (3, 1), (1, 1)]
)
def test_groups_are_at_most_32_and_of_four_channels_where_it_can_be(channels, groups):
    assert GroupNorm(channels).groups == groups


def test_groups_that_do_not_divide_the_channels_are_refused():
    with pytest.raises(ValueError, match="groups that divide the 6 channels, got 4; 2 do"):
        GroupNorm(6, groups=4)


def test_vectors_need_more_than_one_channel_a_group():
    with pytest.raises(ValueError, match="more than one value a group, got 2x4 in 4 groups"):
        GroupNorm(4, groups=4)(torch.randn(2, 4))
    y = GroupNorm(4, groups=2)(torch.tensor([[1.0, 3.0, 5.0, -5.0], [0.0, 2.0, 1.0, 9.0]]))
    torch.testing.assert_close(y, torch.tensor([[-1.0, 1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0]]), atol=1e-4, rtol=0)
    torch.testing.assert_close(GroupNorm(4, groups=4)(torch.ones(2, 4, 3)), torch.zeros(2, 4, 3))


def test_each_channel_has_a_weight_and_a_bias():
    x, norm = torch.randn(3, 2, 5), GroupNorm(2, groups=2)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([2.0, -1.0]))
        norm.bias.copy_(torch.tensor([0.5, 3.0]))
    plain = GroupNorm(2, groups=2, affine=False)
    assert not list(plain.parameters())
    torch.testing.assert_close(norm(x)[:, 0], 2 * plain(x)[:, 0] + 0.5)
    torch.testing.assert_close(norm(x)[:, 1], 3 - plain(x)[:, 1])
