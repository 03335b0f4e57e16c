"""Mode coverage on points placed by hand.

Mutations tried (a test failed for each): `within` ignored, share 1 / K for the strict rule's 1 / (10 K).
"""

import pytest
import torch

from rivalry_zoo.metrics.mode_coverage import ModeCoverage

MODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


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


def test_data_without_modes_are_refused_in_words():
    with pytest.raises(ValueError, match="mode_coverage needs a data set with known modes"):
        ModeCoverage(None, None)


def test_ten_of_420_samples_are_less_than_a_tenth_of_a_quarter():
    fake = torch.cat([MODES[:1].repeat(10, 1), torch.full((410, 2), 99.0)])
    score = ModeCoverage(MODES, 0.1, strict=True).compute(fake, fake)
    assert score.value == 0
    assert type(score.value) is float
    assert ModeCoverage(MODES, 0.1, strict=True).compute(fake, fake[:400]).value == 1
    assert (ModeCoverage.direction, ModeCoverage.range) == ("higher", (0, float("inf")))
