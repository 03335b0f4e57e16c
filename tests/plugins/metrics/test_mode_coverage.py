"""Mode coverage on points placed by hand.

Mutations tried (a test failed for each): `<` for `<=`, `within` ignored, share 1 / K for the strict rule's 1 / (10 K),
reverse KL's arguments exchanged.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import entropy

from rivalry_zoo.metrics.mode_coverage import (
    ModeCoverage,
    high_quality_counts,
    high_quality_fraction,
    nearest_mode,
    reverse_kl,
)

MODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


def test_points_up_to_three_deviations_are_counted_at_their_nearest_mode(device):
    points = torch.tensor([[0.0, 0.0], [1.5, 0.0], [4.0, 1.501], [2.6, 0.0], [4.0, 0.0], [0.0, 3.0]], device=device)
    assert high_quality_counts(points, MODES, deviation=0.5).tolist() == [2, 2, 1, 0]
    assert nearest_mode(points, MODES)[1].tolist() == [0, 0, 1, 1, 1, 2]
    score = high_quality_fraction(points, MODES, 0.5)
    assert_allclose([score.value, score.error], [5 / 6, np.sqrt(5 / 36 / 6)])


def test_a_mode_is_captured_by_one_good_sample_or_strictly_by_a_tenth_of_its_share():
    fake = torch.cat([MODES[:1].repeat(77, 1), MODES[1:2].repeat(2, 1), MODES[2:3], torch.full((40, 2), 99.0)])
    assert ModeCoverage(MODES, 0.1).compute(fake, fake).value == 3
    assert ModeCoverage(MODES, 0.1, strict=True).compute(fake, fake[:80]).value == 2  # a share is 20, its tenth 2
    assert ModeCoverage(MODES, 0.1, strict=True).compute(fake, fake).value == 1  # now 30 and 3
    assert ModeCoverage(MODES, 0.1, strict=True).compute(fake, MODES[:2]).value == 2  # never less than one sample


def test_width_of_a_mode_is_a_parameter():
    near = MODES + torch.tensor([1.0, 0.0])
    assert ModeCoverage(MODES, 0.25, within=3.0).compute(near, near).value == 0
    assert ModeCoverage(MODES, 0.25, within=4.0).compute(near, near).value == 4


@pytest.mark.parametrize("counts", [[5, 5, 5, 5], [9, 1, 0, 0], [1, 0, 0, 0], [3, 2, 2, 1]])
def test_reverse_kl_is_scipys_relative_entropy_to_uniform(counts):
    points = MODES.repeat_interleave(torch.tensor(counts), dim=0)
    assert_allclose(reverse_kl(points, MODES).value, entropy(counts, np.ones(4)), atol=1e-12)


def test_fair_draws_have_the_finite_sample_floor_of_reverse_kl():
    draws = torch.randint(4, (20, 500), generator=torch.Generator().manual_seed(0))
    assert_allclose(np.mean([reverse_kl(MODES[row], MODES).value for row in draws]), 3 / 1000, rtol=0.4)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (torch.zeros(0, 2), "at least 1"),
        (torch.full((3, 2), float("nan")), "finite"),
        (torch.zeros(3, 3), "equally many features"),
        (torch.zeros(3, 1, 2), "matrix of feature vectors"),
    ],
)
def test_bad_points_are_refused_in_words(points, words):
    for measure in (lambda p: reverse_kl(p, MODES), lambda p: high_quality_fraction(p, MODES, 0.1)):
        with pytest.raises(ValueError, match=words):
            measure(points)


def test_data_without_modes_are_refused_in_words():
    with pytest.raises(ValueError, match="known modes"):
        ModeCoverage(None, None)
