"""How many symbols are in use. Mutation caught: the logarithm to base 2 under exp."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from rivalry_zoo.metrics.perplexity import Perplexity, perplexity


@pytest.mark.parametrize("k", [1, 2, 7])
def test_equally_frequent_symbols_count_themselves(k):
    assert perplexity(torch.arange(k).repeat(3, 5)).value == pytest.approx(k)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
@settings(max_examples=20)
def test_it_is_the_exponential_of_the_entropy(symbols):
    assert perplexity(torch.tensor(symbols)).value == pytest.approx(np.exp(entropy(np.bincount(symbols))), rel=1e-12)


def test_the_places_of_maps_are_pooled():
    maps = torch.randint(5, (10, 3, 4))
    assert Perplexity().compute(maps) == perplexity(maps.flatten())


@pytest.mark.parametrize("symbols", [torch.rand(3), torch.tensor([-1, 2]), torch.empty(0, dtype=torch.int64)])
def test_what_is_no_symbol_is_refused(symbols):
    with pytest.raises(ValueError, match="whole numbers from 0"):
        perplexity(symbols)


def test_it_says_what_it_is():
    assert type(perplexity(torch.tensor([3])).value) is float
    assert (Perplexity.direction, Perplexity.range, Perplexity.needs) == ("higher", (1, float("inf")), ("pairs",))
