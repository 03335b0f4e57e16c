"""What counts as a picture, and its values in [0, 1].

Mutations tried (a test failed for each): no clamp, low not subtracted, divided by high.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pretrained import Pictures
from rivalry_zoo.blocks.ranges import PictureRange


@given(st.floats(-300, 300), st.floats(0.1, 300), st.sampled_from([1, 3]))
@settings(max_examples=15)
def test_the_declared_range_becomes_the_unit_interval(low, width, channels):
    span = PictureRange.of(Pictures((channels, 4, 5), low, low + width))
    share = np.random.default_rng(0).uniform(-0.5, 1.5, (2, channels, 4, 5))
    found = span.rgb(torch.tensor(low + width * share))
    assert found.dtype == torch.float32
    assert_allclose(found, np.broadcast_to(np.clip(share, 0, 1), (2, 3, 4, 5)), atol=1e-3)


def test_colours_keep_their_order():
    x = torch.stack([torch.full((2, 2), value) for value in (-1.0, 0.0, 1.0)])[None]
    assert PictureRange(-1, 1).rgb(x).mean((0, 2, 3)).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (Pictures((2,)), r"wanted pictures \[C, H, W\], but `x` of pictures has the shape \[2\]"),
        (Pictures((3, 4, 4, 4)), "choose `features: pixels`"),
        (Pictures((3, 4, 4), low=None), "of a known range, but `x` of pictures declares no low and high"),
        (Pictures((3, 4, 4), high=None), "of a known range"),
    ],
)
def test_other_data_are_refused_in_words(dataset, words):
    with pytest.raises(ValueError, match=words):
        PictureRange.of(dataset)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((3, 4, 4), r"wanted pictures \[N, C, H, W\], got samples of shape \[3, 4, 4\]"),
        ((2, 4, 4, 4), "grey or RGB pictures, got 4 channels: leave alpha out"),
        ((2, 2, 4, 4), "got 2 channels"),
    ],
)
def test_samples_that_are_no_pictures_are_refused_in_words(shape, words):
    with pytest.raises(ValueError, match=words):
        PictureRange(-1, 1).rgb(torch.zeros(shape))


def test_the_range_is_told_in_fingerprints():
    assert [str(PictureRange(*ends)) for ends in [(-1, 1), (0, 255), (0.5, 1)]] == ["-1..1", "0..255", "0.5..1"]
