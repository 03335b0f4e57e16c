"""Shuffled batches against the uniform law on orders. Mutation tried: only ever rolling; the counts fail."""

from collections import Counter
from itertools import permutations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from rivalry.streams import Streams, stream
from rivalry_zoo.operations.shuffle import Shuffle


def test_all_orders_are_equally_likely():
    streams = Streams(0, torch.device("cpu"))
    found = Counter(tuple(Shuffle()(torch.arange(3), draw=streams("s", i)).tolist()) for i in range(1_200))
    assert stats.chisquare([found[order] for order in permutations(range(3))]).pvalue > 0.01


@given(rows=st.lists(st.integers(0, 3), min_size=1, max_size=20), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_the_same_rows_are_there_in_another_order(rows, seed):
    x = torch.tensor(rows)
    assert sorted(Shuffle()(x, draw=stream(seed)).tolist()) == sorted(rows)


def test_whole_rows_move_and_the_same_draw_moves_them_alike(device):
    x = torch.arange(20.0, device=device)[:, None].expand(20, 3)
    first, again = (Shuffle()(x, draw=stream(1, device)) for _ in range(2))
    assert first.equal(again)
    assert first.equal(first[:, :1].expand(20, 3))
    assert not first.equal(x)


def test_its_shape_is_known_without_numbers():
    assert Shuffle()(torch.empty(4, 3, device="meta"), draw=stream(0, "meta")).shape == (4, 3)
