"""Distances against numpy's norm. Mutations tried: squares without the root; the mean over components."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import sem

from rivalry.interfaces import Score
from rivalry_zoo.metrics.distance import Distance, distance

numbers = st.floats(-100, 100)


@settings(max_examples=30)
@given(array_shapes(max_dims=4, max_side=4).flatmap(lambda shape: arrays(np.float64, (2, *shape), elements=numbers)))
def test_value_is_the_mean_norm_of_the_differences(pair):
    first, second = pair
    each = [np.linalg.norm(np.ravel(a - b)) for a, b in zip(first, second, strict=True)]
    score = distance(torch.tensor(first), torch.tensor(second))
    assert score.value == pytest.approx(np.mean(each), rel=1e-9, abs=1e-12)
    if len(each) > 1:
        assert score.error == pytest.approx(sem(each), rel=1e-6, abs=1e-9)


def test_equal_tensors_are_at_distance_zero(device):
    x = torch.randn(5, 2, 3, device=device)
    assert Distance().compute(x, x).value == 0


@pytest.mark.parametrize("shapes", [((4, 2), (4, 1)), ((4,), (4, 1)), ((3, 2), (4, 2))])
def test_differing_shapes_are_refused_in_words(shapes):
    with pytest.raises(ValueError, match="must be of one shape"):
        distance(torch.zeros(shapes[0]), torch.zeros(shapes[1]))


def test_a_diverged_network_is_named():
    with pytest.raises(ValueError, match="finite"):
        distance(torch.full((3, 2), float("nan")), torch.zeros(3, 2))


def test_one_pair_has_no_error_and_numbers_are_plain():
    assert distance(torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])) == Score(5.0, None)
    score = distance(torch.zeros(2), torch.tensor([1.0, -3.0]))
    assert score == Score(2.0, 1.0)
    assert type(score.value) is type(score.error) is float
    assert (Distance.direction, Distance.range, Distance.needs) == ("lower", (0, float("inf")), ("pairs",))
