"""Blocks of group norm and swish. Mutations caught: the last convolution not at zero; the code not added."""

import pytest
import torch
from torch import nn

from rivalry_zoo.blocks.grouped import Doubled, GroupedBlock, divisible, group_norm, halved


@pytest.mark.parametrize(("channels", "groups"), [(128, 32), (512, 32), (64, 16), (16, 4), (6, 1), (1, 1), (160, 32)])
def test_groups_divide_the_channels_and_are_32_where_four_fit_in_each(channels, groups):
    assert group_norm(channels).groups == groups
    assert channels % groups == 0


def test_a_block_starts_as_its_skip():
    torch.manual_seed(0)
    x = torch.randn(2, 8, 5, 4)
    assert torch.equal(GroupedBlock(8, 8)(x), x)
    block = GroupedBlock(8, 12, told=3)
    assert torch.equal(block(x, torch.randn(2, 3)), block.skip(x))


def test_a_code_reaches_the_block_once_it_has_learnt():
    torch.manual_seed(0)
    block, x = GroupedBlock(8, 8, told=3), torch.randn(2, 8, 5, 4)
    nn.init.normal_(block.second.weight)
    assert not torch.allclose(block(x, torch.ones(2, 3)), block(x, -torch.ones(2, 3)))


def test_maps_double_and_halve():
    x = torch.randn(2, 4, 6, 8)
    assert Doubled(4)(x).shape == (2, 4, 12, 16)
    assert halved(4)(x).shape == (2, 4, 3, 4)


def test_other_sizes_are_refused_with_the_nearest():
    divisible(28, 32, 4, "it")
    with pytest.raises(ValueError, match=r"it wants sides that are multiples of 8, got 28x32; .* 24x32 or 32x40"):
        divisible(28, 32, 8, "it")
