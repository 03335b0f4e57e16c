"""The part of runs that real texts hold, against Python's sets.

Mutations tried (a test failed for each): real and fake exchanged, kinds counted instead of runs.
"""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.seen_ngrams import SeenNgrams, seen_ngrams

rows = st.lists(st.lists(st.integers(0, 2), min_size=4, max_size=4), min_size=1, max_size=6)


@given(rows, rows, st.integers(1, 4))
@settings(max_examples=40)
def test_it_is_the_part_found_in_a_set(real, fake, order):
    known = {tuple(row[at : at + order]) for row in real for at in range(5 - order)}
    runs = [tuple(row[at : at + order]) for row in fake for at in range(5 - order)]
    score = seen_ngrams(torch.tensor(real).float(), torch.tensor(fake).float(), order)
    assert_allclose(score.value, sum(run in known for run in runs) / len(runs))


def test_a_part_of_the_real_texts_scores_1_and_strangers_0(device):
    real = torch.randint(4, (50, 6), generator=torch.Generator().manual_seed(0)).float().to(device)
    assert SeenNgrams().compute(real, real[:7].repeat(9, 1)).value == 1
    assert SeenNgrams().compute(real, real + 10).value == 0


def test_it_says_what_it_is():
    real, fake = torch.tensor([[0.0, 1, 2, 3]]), torch.tensor([[0.0, 1, 2, 1]])
    score = seen_ngrams(real, fake)  # of the runs of three 0 1 2 alone; of the runs of two it would be two of three
    assert score.value == 0.5
    assert type(score.value) is float
    assert (SeenNgrams.direction, SeenNgrams.range) == ("higher", (0, 1))
