"""The part of samples at a mode: points placed by hand, and the chi distribution of a Gaussian mode.

Mutations tried (a test failed for each): `within` ignored, the error without its root, the part of the modes for that
of the samples.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import chi

from rivalry_zoo.metrics.mode_quality import ModeQuality, high_quality_fraction

MODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


def test_it_is_the_part_of_good_points_with_its_binomial_error():
    points = torch.tensor([[0.0, 0.0], [1.5, 0.0], [4.0, 1.501], [2.6, 0.0], [4.0, 0.0], [0.0, 3.0]])
    score = high_quality_fraction(points, MODES, 0.5)
    assert_allclose([score.value, score.error], [5 / 6, np.sqrt(5 / 36 / 6)])


@pytest.mark.parametrize("within", [1.0, 3.0])
def test_gaussian_modes_have_the_part_that_chi_says(within):
    draw = np.random.default_rng(0)
    points = torch.tensor(draw.choice(MODES.numpy(), 4000) + 0.1 * draw.standard_normal((4000, 2)))
    score = ModeQuality(MODES, 0.1, within=within).compute(points, points)
    assert abs(score.value - chi(2).cdf(within)) < 4 * score.error


def test_one_mode_is_enough_and_the_real_samples_do_not_matter():
    points = MODES[:1].repeat(9, 1)
    assert ModeQuality(MODES, 0.1).compute(points + 99, points).value == 1
    assert ModeQuality(MODES, 0.1).compute(points, points + 99).value == 0


def test_data_without_modes_are_refused_in_words():
    with pytest.raises(ValueError, match="mode_quality needs a data set with known modes"):
        ModeQuality(None, None)


def test_it_says_what_it_is():
    assert type(high_quality_fraction(MODES, MODES, 0.1).value) is float
    assert (ModeQuality.direction, ModeQuality.range) == ("higher", (0, 1))
