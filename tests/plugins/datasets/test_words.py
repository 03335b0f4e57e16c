"""English words against the stored list, read by gzip alone.

Mutations tried (a test failed for each): words read backwards, the alphabet shifted, padding before the word, the
held-out words kept in training.
"""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rivalry_zoo.datasets.words as module
from rivalry_zoo.datasets.words import Words

STORED = gzip.decompress(Path(module.__file__).with_name("words.txt.gz").read_bytes()).decode("ascii").split("\n")


def read(x):
    """Words of one-hot columns, by hand: 97 is the code of a."""
    letters = np.where(np.arange(27) == 0, 32, 96 + np.arange(27))
    codes = np.einsum("nvl,v->nl", x.numpy(), letters).astype(np.uint8)
    return [bytes(row).decode("ascii") for row in codes]


def everything(data):
    return data.batch(torch.arange(len(data)))["x"]


def test_the_list_is_as_it_was_told():
    assert len(STORED) == len(set(STORED)) == 24_972
    assert all(re.fullmatch("[a-z]{3,8}", word) for word in STORED)


@pytest.mark.parametrize(("shortest", "length"), [(3, 8), (5, 5), (3, 4)])
def test_training_and_held_out_words_are_the_list(shortest, length):
    data = Words(length=length, shortest=shortest)
    train, test = read(everything(data)), read(everything(data.held_out()))
    padded = sorted(word.ljust(length) for word in STORED if shortest <= len(word) <= length)
    assert sorted(train + test) == padded
    assert len(test) == -(-len(padded) // 10)


def test_columns_are_one_hot_and_facts_are_true():
    data = Words()
    x, field = everything(data), data.fields["x"]
    assert x.shape == (len(data), *field.shape) == (len(data), 27, 8)
    assert x.dtype == torch.float32
    assert (field.low, field.high) == (0, 1)
    assert set(x.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(x.sum(1), torch.ones(len(data), 8))
    assert x[:3].is_contiguous()


@given(st.lists(st.integers(0, 999), min_size=1, max_size=9))
@settings(max_examples=15)
def test_text_reads_what_batch_wrote(rows):
    data = Words()
    x = data.batch(torch.tensor(rows))["x"]
    assert data.text(3 * x - 7) == [word.rstrip() for word in read(x)]


def test_another_process_finds_the_same_fingerprint_and_other_choices_another():
    line = f"from {Words.__module__} import Words; print(Words().fingerprint)"
    run = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == Words().fingerprint
    assert len({data.fingerprint for data in (Words(), Words().held_out(), Words(length=5), Words(shortest=4))}) == 4


def test_held_out_is_the_test_split_and_has_none():
    assert Words(length=6).held_out() == Words(length=6, split="test")
    assert Words(split="test").held_out() is None


def test_no_word_has_more_letters_than_places():
    with pytest.raises(ValueError, match="wanted shortest of at most the length 4, got 5"):
        Words(length=4, shortest=5)
