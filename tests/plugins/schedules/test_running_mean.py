"""The running mean against the weighted sum that it stands for.

Mutation tried: decay and 1 - decay exchanged; both values fail.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.schedules.running_mean import RunningMean

numbers = st.floats(-100, 100)


def followed(mean, observed, device="cpu"):
    value = torch.tensor(mean.initial, dtype=torch.float64, device=device)
    for number in observed:
        value = mean.follow(value, torch.tensor(number, dtype=torch.float64, device=device))
    return value.item()


@given(decay=st.floats(0, 0.999), initial=numbers, observed=st.lists(numbers, min_size=1, max_size=20))
@settings(max_examples=50)
def test_it_is_the_geometrically_weighted_sum(decay, initial, observed):
    n = len(observed)
    weights = (1 - decay) * decay ** np.arange(n - 1, -1, -1.0)
    expected = decay**n * initial + weights @ np.array(observed)
    assert followed(RunningMean(decay=decay, initial=initial), observed) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n", [1, 10, 300])
def test_a_constant_is_reached_like_one_minus_a_power(n, device):
    assert followed(RunningMean(decay=0.99), [3.0] * n, device) == pytest.approx(3 * (1 - 0.99**n), rel=1e-12)


def test_it_begins_where_told():
    assert RunningMean(initial=2.5).at(1e15) == 2.5
