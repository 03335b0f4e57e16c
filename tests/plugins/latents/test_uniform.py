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


def test_codes_like_a_field_have_its_shape():
    latent = Uniform(like=Field((3, 2, 2), low=-1, high=1))
    assert latent.field.shape == (3, 2, 2)
    assert latent.sample(5, stream(0)).shape == (5, 3, 2, 2)
    assert Uniform().field.shape == (100,)
    with pytest.raises(ValueError, match="got size: 4 and like; leave one of them out"):
        Uniform(4, like=Field(4))
    with pytest.raises(ValueError, match="got a label of 3 classes; use categorical"):
        Uniform(like=Field((), classes=3))
