"""PSNR against numpy and known pictures.

Mutations tried (a test failed for each): 20 for 10, the span not squared, the cap left out, a border of one edge only.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import sem

from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.psnr import Psnr, decibels, psnr

# rgb2ycbcr of MATLAB for values in [0, 1], in units of 255.
MATLAB = np.array([65.481, 128.553, 24.966]) / 255


@given(st.integers(1, 5), st.integers(1, 4), st.floats(0.5, 300), st.integers(0, 10**6))
@settings(max_examples=15)
def test_value_is_the_mean_over_pictures_of_their_own_decibels(n, channels, span, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n, channels, 5, 4)) * span
    each = [20 * np.log10(span / np.sqrt(np.mean((x - y) ** 2))) for x, y in zip(a, b, strict=True)]
    score = psnr(torch.tensor(a), torch.tensor(b), span)
    assert_allclose(score.value, np.mean(each), rtol=1e-9)
    if n > 1:
        assert_allclose(score.error, sem(each), rtol=1e-7)
    else:
        assert score.error is None


@pytest.mark.parametrize(("gap", "truth"), [(2.0, 0), (0.2, 20), (0.002, 60), (20.0, -20)])
def test_a_gap_of_a_tenth_of_the_range_is_twenty_decibels(gap, truth, device):
    x = torch.full((2, 3, 4, 4), -1.0, device=device, dtype=torch.float64)
    score = psnr(x, x + gap)
    assert_allclose([score.value, score.error], [truth, 0], atol=1e-9)


@pytest.mark.parametrize("gap", [0, 1e-7])
def test_equal_pictures_score_a_hundred_decibels_and_spoil_no_mean(gap):
    x = torch.zeros(2, 1, 3, 3, dtype=torch.float64)
    y = x + torch.tensor([gap, 0.2]).double().reshape(2, 1, 1, 1)
    assert_allclose(decibels(x, y, 2.0), [100, 20])
    assert psnr(x, y).value == pytest.approx(60)


def test_luma_is_matlabs_and_differs_from_the_mean_over_channels():
    a, b = np.random.default_rng(0).random((2, 4, 3, 6, 7))
    ya, yb = (np.einsum("nchw,c->nhw", x, MATLAB) + 16 / 255 for x in (a, b))
    truth = np.mean([-10 * np.log10(np.mean((x - y) ** 2)) for x, y in zip(ya, yb, strict=True)])
    assert_allclose(psnr(torch.tensor(a), torch.tensor(b), 1.0, luma=True).value, truth)
    # White beside black: Y spans 219 of 255.
    white, black = torch.ones(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    assert_allclose(psnr(white, black, 1.0, luma=True).value, 20 * np.log10(255 / 219))


@pytest.mark.parametrize("luma", [False, True])
def test_a_border_is_left_off_at_every_edge(luma):
    a = np.random.default_rng(1).random((2, 3, 9, 8))
    b = a.copy()
    b[:, :, 2:-2, 2:-2] += 0.1
    assert_allclose(psnr(torch.tensor(a), torch.tensor(b), 1.0, luma, crop=2).value,
                    20 - 20 * np.log10(219 / 255) * luma)  # fmt: skip
    for edge in [(0, 4), (1, 4), (-1, 4), (-2, 4), (4, 0), (4, 1), (4, -1), (4, -2)]:
        c = a.copy()
        c[:, :, edge[0], edge[1]] += 1
        assert psnr(torch.tensor(a), torch.tensor(c), 1.0, luma, crop=2).value == 100
        assert psnr(torch.tensor(a), torch.tensor(c), 1.0, luma, crop=0).value < 100


@pytest.mark.parametrize(
    ("first", "second", "luma", "crop", "words"),
    [
        ((2, 3, 4, 4), (2, 3, 4, 5), False, 0, "of one shape"),
        ((0, 3, 4, 4), (0, 3, 4, 4), False, 0, "at least one picture"),
        ((2, 3, 4, 4), (2, 3, 4, 4), False, 2, "at least 5 x 5 pixels, got 4 x 4"),
        ((2, 1, 4, 4), (2, 1, 4, 4), True, 0, "red, green and blue, but pictures have 1 channels"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(first, second, luma, crop, words):
    with pytest.raises(ValueError, match=words):
        psnr(torch.zeros(first), torch.zeros(second), 1.0, luma, crop)


def test_a_border_that_leaves_one_pixel_is_allowed():
    assert psnr(torch.zeros(1, 1, 5, 5), torch.ones(1, 1, 5, 5), 1.0, crop=2).value == 0


def test_component_passes_its_range_and_conventions_on():
    a, b = torch.rand(2, 3, 3, 9, 9).double()
    assert Psnr().compute(a, b) == psnr(a, b, 2.0) == psnr(a, b)
    assert Psnr(low=0.25, high=1.0, luma=True, crop=1).compute(a, b) == psnr(a, b, 0.75, True, 1)
    assert Psnr.range == (-np.inf, 100)
    assert (Psnr.direction, Psnr.needs, Psnr().features, Psnr().samples) == ("higher", ("pairs",), SAMPLES, 1000)


@pytest.mark.parametrize("low", [1.0, 2.0, float("nan")])
def test_an_empty_range_is_refused_in_words(low):
    with pytest.raises(ValueError, match=f"high must be above low, but they are 1.0 and {low}: exchange"):
        Psnr(low=low)
