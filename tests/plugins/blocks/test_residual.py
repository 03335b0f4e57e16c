"""The residual blocks against the textbook order of their layers, spelt out in plain torch.

Mutation caught: a skip without its pooling factor, or a branch without its first rectifier.
"""

import torch
from torch import nn

from rivalry_zoo.blocks.residual import DownBlock, UpBlock, initialise_glorot
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.none import NoNorm


def copied(target: nn.Module, source: nn.Module) -> None:
    with torch.no_grad():
        for ours, theirs in zip(target.parameters(), source.parameters(), strict=True):
            ours.copy_(theirs)


def conv(inside: int, outside: int, size: int = 3) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, size, padding=size // 2)


def test_up_block_equals_upsampling_before_every_convolution():
    block = UpBlock(4, 6, BatchNorm).double()
    branch = nn.Sequential(
        nn.BatchNorm2d(4), nn.ReLU(), nn.Upsample(scale_factor=2), conv(4, 6), nn.BatchNorm2d(6), nn.ReLU(), conv(6, 6)
    ).double()
    skip = nn.Sequential(nn.Upsample(scale_factor=2), conv(4, 6, 1)).double()
    copied(nn.ModuleList([branch, skip]), block)
    x = torch.randn(3, 4, 5, 2, dtype=torch.float64)
    torch.testing.assert_close(block(x), branch(x) + skip(x))


def test_down_block_equals_pooling_after_every_convolution():
    block = DownBlock(4, 6, NoNorm).double()
    branch = nn.Sequential(nn.ReLU(), conv(4, 4), nn.ReLU(), conv(4, 6), nn.AvgPool2d(2)).double()
    skip = nn.Sequential(conv(4, 6, 1), nn.AvgPool2d(2)).double()
    copied(nn.ModuleList([branch, skip]), block)
    x = torch.randn(3, 4, 6, 4, dtype=torch.float64)
    torch.testing.assert_close(block(x), branch(x) + skip(x))


def test_opening_block_sees_the_image_unrectified():
    block = DownBlock(3, 6, BatchNorm, opening=True).double()
    branch = nn.Sequential(conv(3, 6), nn.ReLU(), conv(6, 6), nn.AvgPool2d(2)).double()
    skip = nn.Sequential(nn.AvgPool2d(2), conv(3, 6, 1)).double()
    copied(nn.ModuleList([branch, skip]), block)
    x = torch.randn(3, 3, 6, 4, dtype=torch.float64)
    torch.testing.assert_close(block(x), branch(x) + skip(x))


def test_a_block_that_keeps_its_shape_keeps_its_input_when_its_branch_is_silent():
    block, x = DownBlock(4, 4, NoNorm, halve=False), torch.randn(2, 4, 3, 3)
    nn.init.zeros_(block.second.weight)
    nn.init.zeros_(block.second.bias)
    assert torch.equal(block(x), x)


def test_glorot_bounds_have_gain_root_2_in_branches_and_1_in_skips():
    block = UpBlock(16, 16, BatchNorm)
    initialise_glorot(block)
    fan = 16 * 9
    bound = 2**0.5 * (6 / (fan + fan)) ** 0.5
    assert 0.98 * bound < block.first.weight.abs().max() <= bound
    assert 0.98 * bound < block.second.weight.abs().max() <= bound
    assert 0.98 * (6 / 32) ** 0.5 < block.skip.weight.abs().max() <= (6 / 32) ** 0.5
    assert not block.skip.bias.any()
