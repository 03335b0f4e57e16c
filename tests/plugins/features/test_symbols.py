"""The likeliest symbols. Mutation tried: argmax over the places; the first test fails."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.features.symbols import Symbols


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=20)
def test_each_place_shows_its_largest_logit(n, symbols, length, seed):
    logits = torch.randn(n, symbols, length, generator=torch.Generator().manual_seed(seed))
    seen = Symbols()(logits)
    assert seen.dtype == torch.float32
    np.testing.assert_array_equal(seen, np.argmax(logits.numpy(), axis=1))


def test_pictures_are_no_texts():
    with pytest.raises(ValueError, match=r"sequences \[N, V, L\], not in samples of shape \[2, 1, 8, 8\]"):
        Symbols()(torch.zeros(2, 1, 8, 8))
