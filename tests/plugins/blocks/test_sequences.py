"""One-dimensional blocks against arithmetic and NumPy. Mutation tried: the block's scale left out."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.fields import Field
from rivalry_zoo.blocks.sequences import SequenceBlock, beside, quarterings, sequence_shape


@given(st.integers(16, 63), st.integers(1, 4))
@settings(max_examples=30)
def test_lengths_that_divide_are_divided_until_the_base(base, times):
    found, left = quarterings(base * 4**times, "it")
    assert left * 4**found == base * 4**times
    assert 16 <= left <= 63


@given(st.integers(1, 3000))
@settings(max_examples=60)
def test_the_offered_lengths_are_allowed(length):
    allowed = {base * 4**times for base in range(16, 64) for times in range(1, 6)}
    if length in allowed:
        quarterings(length, "it")
        return
    with pytest.raises(ValueError, match=f"it wants .* got {length}; the nearest are") as caught:
        quarterings(length, "it")
    offered = [int(size) for size in re.findall(r"\d+", str(caught.value).split("nearest are")[1])]
    below, above = [s for s in allowed if s < length], [s for s in allowed if s > length]
    assert offered == [*([max(below)] if below else []), min(above)]


def test_an_image_is_no_sequence():
    with pytest.raises(ValueError, match="it wants a sequence of shape channels x length, such as 1x1024, got 3x8x8"):
        sequence_shape(Field((3, 8, 8)), "it")


def test_conditions_stand_beside_the_signal_at_every_place():
    label, vector = Field((), classes=3), Field(2)
    x, y, v = torch.randn(4, 1, 5), torch.tensor([2, 0, 1, 1]), torch.randn(4, 2)
    joined = beside(x, (label, vector), (y, v), torch.nn.Linear(1, 1)).numpy()
    np.testing.assert_array_equal(joined[:, :1], x)
    np.testing.assert_array_equal(joined[:, 1:4], np.eye(3)[y][:, :, None].repeat(5, 2))
    np.testing.assert_array_equal(joined[:, 4:], v[:, :, None].numpy().repeat(5, 2))


def test_a_block_adds_a_third_of_two_convolutions_by_hand():
    block = SequenceBlock(1, 3).double()
    x = np.array([1.0, -2.0, 3.0, 0.5])

    def conv(layer, signal):
        kernel = layer.weight[0, 0].detach().numpy()
        return np.correlate(np.pad(signal, 1), kernel, "valid") + layer.bias.item()

    expected = x + 0.3 * conv(block.second, np.maximum(conv(block.first, np.maximum(x, 0)), 0))
    np.testing.assert_allclose(block(torch.tensor(x)[None, None])[0, 0].detach(), expected, rtol=1e-12)
