"""The mean of SSIM and its error, from single pictures; tests/plugins/blocks/test_structural.py knows the index.

Mutations tried (a test failed for each): the range's ends exchanged, the sum for the mean.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import sem

from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.ssim import Ssim, ssim


def constants(values):
    """Pictures of one value each, whose index has a closed form."""
    return torch.tensor(values).double().reshape(-1, 1, 1, 1).expand(-1, 1, 12, 12)


def closed(a, b, span):
    return (2 * a * b + (0.01 * span) ** 2) / (a * a + b * b + (0.01 * span) ** 2)


def test_value_is_the_mean_over_pictures_with_its_error(device):
    a, b = np.array([0.1, -0.5, 0.9]), np.array([0.2, 0.4, 0.8])
    score = ssim(constants(a).to(device), constants(b).to(device))
    assert_allclose([score.value, score.error], [closed(a, b, 2).mean(), sem(closed(a, b, 2))], rtol=1e-6)


def test_one_picture_has_no_error_and_equal_ones_score_one():
    x = torch.rand(1, 3, 16, 16)
    assert (ssim(x, x).value, ssim(x, x).error) == (1, None)


def test_component_passes_its_range_on():
    a, b = constants([0.3, 0.01]), constants([0.5, 0.02])
    assert_allclose(Ssim(low=0.2, high=0.8).compute(a, b).value,
                    closed(np.array([0.3, 0.01]), np.array([0.5, 0.02]), 0.6).mean(), rtol=1e-6)  # fmt: skip
    assert Ssim().compute(a, b) == ssim(a, b, 2.0)
    assert (Ssim.direction, Ssim.range, Ssim.needs) == ("higher", (-1, 1), ("pairs",))
    assert (Ssim().features, Ssim().samples) == (SAMPLES, 1000)


@pytest.mark.parametrize("low", [1.0, 2.0, float("nan")])
def test_an_empty_range_is_refused_in_words(low):
    with pytest.raises(ValueError, match=f"high must be above low, but they are 1.0 and {low}: exchange"):
        Ssim(low=low)


def test_small_pictures_are_refused_in_words():
    with pytest.raises(ValueError, match="at least 11 x 11 pixels, got 8 x 8"):
        Ssim().compute(torch.zeros(2, 1, 8, 8), torch.zeros(2, 1, 8, 8))
