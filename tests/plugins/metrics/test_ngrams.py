"""N-gram divergence against counts by hand and SciPy's Jensen-Shannon distance.

Mutations tried (a test failed for each): runs that skip a place, log base 2, another factor, frequencies of
real and fake over their joint sum.
"""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial.distance import jensenshannon

from rivalry_zoo.features.symbols import Symbols
from rivalry_zoo.metrics.ngrams import Ngrams, ngram_divergence


def frequencies(texts, order):
    """Python's Counter of tuples."""
    return Counter(tuple(row[at : at + order]) for row in texts for at in range(len(row) - order + 1))


texts = st.integers(3, 5).flatmap(
    lambda length: st.tuples(
        *[st.lists(st.lists(st.integers(0, 3), min_size=length, max_size=length), min_size=1, max_size=9)] * 2
    )
)


@given(texts, st.integers(1, 3))
@settings(max_examples=40)
def test_it_is_scipys_divergence_of_counted_runs(pair, order):
    real, fake = pair
    counts = [frequencies(part, order) for part in pair]
    kinds = sorted(set(counts[0]) | set(counts[1]))
    p, q = ([count[kind] for kind in kinds] for count in counts)
    score = ngram_divergence(torch.tensor(real).float(), torch.tensor(fake).float(), order)
    assert_allclose(score.value, jensenshannon(p, q) ** 2, atol=1e-12)


def test_disjoint_alphabets_are_log_2_apart_and_equal_texts_0(device):
    real = torch.tensor([[1.0, 2.0, 1.0], [2.0, 2.0, 1.0]], device=device)
    assert_allclose(ngram_divergence(real, real + 5, 2).value, np.log(2))
    assert_allclose(ngram_divergence(real, real.flip(0).repeat(3, 1), 2).value, 0, atol=1e-15)


def test_letters_in_another_order_are_the_same_letters_but_other_pairs():
    real = torch.tensor([[0.0, 1.0, 2.0]]).repeat(4, 1)
    fake = real.flip(1)
    assert_allclose(ngram_divergence(real, fake, 1).value, 0, atol=1e-15)
    assert_allclose(ngram_divergence(real, fake, 2).value, np.log(2))


def test_two_samples_of_one_law_have_the_stated_floor():
    draw = torch.Generator().manual_seed(0)
    pairs = torch.randint(6, (2, 40, 900, 2), generator=draw).float()
    values = [ngram_divergence(real, fake, 2).value for real, fake in zip(*pairs)]
    assert_allclose(np.mean(values), 35 * (2 / 900) / 8, rtol=0.1)


def test_the_metric_sees_one_hot_texts_through_symbols():
    codes = torch.tensor([[0, 1, 1, 2], [2, 1, 0, 0]])
    hot = torch.eye(3)[codes].transpose(1, 2)
    metric, features = Ngrams(order=2), Symbols()
    assert metric.features == features
    assert metric.compute(features(hot), features(hot * 5 - 2)).value == 0
    assert metric.compute(features(hot[:1]), features(hot[1:])).value == pytest.approx(np.log(2))


def test_texts_shorter_than_a_run_are_refused_in_words():
    with pytest.raises(ValueError, match="texts of at least 4 symbols, got 3"):
        ngram_divergence(torch.zeros(2, 3), torch.zeros(2, 3), 4)


def test_it_says_what_it_is():
    assert type(ngram_divergence(torch.zeros(1, 2), torch.ones(1, 2)).value) is float
    assert (Ngrams.direction, Ngrams.range) == ("lower", (0, pytest.approx(0.6931471805599453)))


def test_runs_may_be_as_long_as_the_texts():
    real = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    assert ngram_divergence(real, real.flip(0)).value == 0  # pairs, unless another order is asked for
