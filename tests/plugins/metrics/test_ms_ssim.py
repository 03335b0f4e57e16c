"""The mean of MS-SSIM and its error, from single pictures; tests/plugins/blocks/test_structural.py knows the index.

Mutations tried (a test failed for each): levels not passed on, the range's ends exchanged.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import sem

from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.ms_ssim import MsSsim, ms_ssim

A, B = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.4, 0.6])


def constants(values, side):
    """Pictures of one value each, whose index has a closed form."""
    return torch.tensor(values).double().reshape(-1, 1, 1, 1).expand(-1, 1, side, side)


def closed(span, power):
    return ((2 * A * B + (0.01 * span) ** 2) / (A * A + B * B + (0.01 * span) ** 2)) ** power


@pytest.mark.parametrize(("side", "power"), [(12, 1), (21, 0.2856 / 0.3304), (161, 0.1333)])
def test_value_is_the_mean_over_pictures_with_its_error(side, power, device):
    score = ms_ssim(constants(A, side).to(device), constants(B, side).to(device))
    assert_allclose([score.value, score.error], [closed(2, power).mean(), sem(closed(2, power))], rtol=1e-6)


def test_one_picture_has_no_error_and_equal_ones_score_one():
    x = torch.rand(1, 3, 24, 24)
    assert (ms_ssim(x, x).value, ms_ssim(x, x).error) == (1, None)


@pytest.mark.parametrize(("levels", "power"), [(1, 1), (2, 0.2856 / 0.3304)])
def test_component_passes_its_range_and_levels_on(levels, power):
    a, b = constants(A, 44), constants(B, 44)
    score = MsSsim(low=0.2, high=0.8, levels=levels).compute(a, b)
    assert_allclose(score.value, closed(0.6, power).mean(), rtol=1e-6)
    assert_allclose(ms_ssim(a, b, 0.6, levels).value, score.value)
    assert (MsSsim.direction, MsSsim.range, MsSsim.needs) == ("higher", (0, 1), ("pairs",))
    assert (MsSsim().features, MsSsim().samples) == (SAMPLES, 1000)


def test_component_compares_at_five_scales_by_default():
    a, b = constants(A, 161), constants(B, 161)
    assert_allclose(MsSsim().compute(a, b).value, closed(2, 0.1333).mean(), rtol=1e-6)


@pytest.mark.parametrize("low", [1.0, 2.0, float("nan")])
def test_an_empty_range_is_refused_in_words(low):
    with pytest.raises(ValueError, match=f"high must be above low, but they are 1.0 and {low}: exchange"):
        MsSsim(low=low)


def test_small_pictures_are_refused_in_words():
    with pytest.raises(ValueError, match="at least 11 x 11 pixels, got 8 x 8"):
        MsSsim().compute(torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 8, 8))
