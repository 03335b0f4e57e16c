"""Uniform codes against scipy's law. Mutation caught: forgetting to shift by `low`."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rivalry.fields import Field
from rivalry.streams import stream
from rivalry_zoo.latents.uniform import Uniform


@given(low=st.floats(-5, 5), span=st.floats(0.1, 9), seed=st.integers(0, 9))
@settings(max_examples=15)
def test_components_are_uniform_on_the_declared_range(low, span, seed):
    z = Uniform(20, low=low, high=low + span).sample(200, stream(seed)).double().numpy()
    assert stats.kstest(z.ravel(), stats.uniform(low, span).cdf).pvalue > 1e-4


def test_the_field_declares_the_range():
    assert Uniform().field == Field((100,), low=-1.0, high=1.0)
    assert Uniform((2, 3), low=0.0).sample(5, stream(0)).shape == (5, 2, 3)


def test_an_empty_range_is_refused_in_words():
    with pytest.raises(ValueError, match="low must lie below high, got low=1 and high=1"):
        Uniform(3, low=1.0, high=1.0)
