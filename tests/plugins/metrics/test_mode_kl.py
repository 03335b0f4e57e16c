"""Unevenness over modes, against SciPy's relative entropy.

Mutations tried (a test failed for each): the divergence's arguments exchanged, another logarithm, the real samples
counted.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import entropy

from rivalry_zoo.metrics.mode_kl import ModeKl, reverse_kl

MODES = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])


@pytest.mark.parametrize("counts", [[5, 5, 5, 5], [9, 1, 0, 0], [1, 0, 0, 0], [3, 2, 2, 1]])
def test_it_is_scipys_relative_entropy_to_uniform(counts, device):
    points = MODES.repeat_interleave(torch.tensor(counts), dim=0).to(device)
    assert_allclose(ModeKl(MODES).compute(points[:1], points).value, entropy(counts, np.ones(4)), atol=1e-12)


def test_fair_draws_have_the_finite_sample_floor():
    draws = torch.randint(4, (20, 500), generator=torch.Generator().manual_seed(0))
    assert_allclose(np.mean([reverse_kl(MODES[row], MODES).value for row in draws]), 3 / 1000, rtol=0.4)


def test_points_far_from_every_mode_count_at_the_nearest():
    assert reverse_kl(10 * MODES + 1, MODES).value == pytest.approx(0, abs=1e-12)


def test_data_without_modes_are_refused_in_words():
    with pytest.raises(ValueError, match="mode_kl needs a data set with known modes"):
        ModeKl(None)


def test_it_says_what_it_is():
    assert type(reverse_kl(MODES, MODES).value) is float
    assert (ModeKl.direction, ModeKl.range) == ("lower", (0, float("inf")))
