"""Random pairs: every sample once, partners of one class.

Mutations tried (a test failed for each): the seed ignored, pairs of neighbours, classes mixed.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.blocks.random_pairs import random_pairs, random_pairs_within


@given(st.lists(st.integers(-2, 3), max_size=30), st.integers(0, 10**6))
@settings(max_examples=25)
def test_no_sample_is_used_twice_and_partners_share_their_class(labels, seed):
    pairs = random_pairs_within(torch.tensor(labels, dtype=torch.int64), seed)
    places = pairs.flatten().tolist()
    assert len(set(places)) == len(places)
    assert pairs.shape == (2, sum(n // 2 for n in np.unique(labels, return_counts=True)[1]))
    assert [labels[i] for i in pairs[0].tolist()] == [labels[i] for i in pairs[1].tolist()]


@pytest.mark.parametrize(("count", "pairs"), [(0, 0), (1, 0), (2, 1), (7, 3), (8, 4)])
def test_all_but_an_odd_one_get_a_partner(count, pairs):
    found = random_pairs(count, 3)
    assert found.shape == (2, pairs)
    assert set(found.flatten().tolist()) <= set(range(count))


def test_every_partner_is_equally_likely():
    partners = [random_pairs(4, seed) for seed in range(900)]
    first = [next(int(b if a == 0 else a) for a, b in pairs.T if 0 in (int(a), int(b))) for pairs in partners]
    assert np.bincount(first, minlength=4)[1:].min() > 250


def test_a_seed_fixes_the_pairs_and_leaves_the_global_state_alone():
    before = torch.get_rng_state()
    assert torch.equal(random_pairs(50, 1), random_pairs(50, 1))
    assert not torch.equal(random_pairs(50, 1), random_pairs(50, 2))
    assert torch.equal(torch.get_rng_state(), before)
