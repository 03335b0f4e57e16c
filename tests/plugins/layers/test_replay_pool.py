"""The replay pool against a plain loop over lists, and its bookkeeping.

Mutations that turn this red: places drawn with repetition; the stored sample not replaced; exchanges before the pool is
full; the count not bounded.
"""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.streams import Stream, Streams, stream
from rivalry_zoo.layers.replay_pool import ReplayPool

SCRIPT = Path(__file__).with_name("pooled.py")


def numbered(start, n, shape=(1,), device="cpu"):
    """Samples that carry their own number everywhere."""
    return torch.arange(start, start + n, device=device).float().reshape(-1, *[1] * len(shape)).expand(n, *shape)


def numbers(samples):
    return samples.flatten(1)[:, 0].int().tolist()


def by_hand(kept, size, batch, chance, places, probability):
    """The same exchange, one sample after another, on a list."""
    given, order = [], np.argsort(places, kind="stable")
    for row, sample in enumerate(batch):
        if len(kept) < size:
            kept.append(sample)
            given.append(sample)
        elif row < size and chance[row] < probability:
            given.append(kept[order[row]])
            kept[order[row]] = sample
        else:
            given.append(sample)
    return given


@given(
    st.integers(1, 6), st.lists(st.integers(1, 9), min_size=1, max_size=6), st.sampled_from([0, 0.5, 1]),
    st.integers(0, 99),
)  # fmt: skip
@settings(max_examples=40)
def test_batches_are_exchanged_as_by_hand(size, batches, probability, seed):
    pool, kept, start = ReplayPool((2, 1), size=size, probability=probability), [], 0
    for n in batches:
        draw, again = stream(seed + start), stream(seed + start)
        chance, places = again.uniform(n), again.uniform(size)
        found = numbers(pool(numbered(start, n, (2, 1)), draw=draw))
        assert found == by_hand(kept, size, range(start, start + n), chance.numpy(), places.numpy(), probability)
        assert int(pool.count) == len(kept)
        assert numbers(pool.pool)[: len(kept)] == kept
        start += n


@given(st.integers(1, 8), st.integers(1, 12), st.integers(0, 99))
@settings(max_examples=30)
def test_nothing_is_lost_and_nothing_is_doubled(size, n, seed):
    pool, streams, returned = ReplayPool(1, size=size), Streams(seed, torch.device("cpu")), []
    for turn in range(5):
        returned += numbers(pool(numbered(turn * n, n), draw=streams("pool", turn)))
    # What came out and what is still inside make up what went in, but the first, which came back as they were kept.
    filled = min(size, 5 * n)
    assert sorted([*returned, *numbers(pool.pool)[:filled]]) == sorted([*range(5 * n), *range(filled)])


def test_once_full_half_of_the_samples_are_fresh(device):
    pool, streams = ReplayPool(1, size=50).to(device), Streams(0, device)
    fresh = []
    for turn in range(200):
        x = numbered(turn * 16, 16, device=device)
        out = pool(x, draw=streams("pool", turn))
        if turn > 4:
            fresh.append((out == x).float().mean().item())
    assert np.mean(fresh) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(16 * len(fresh)))


def test_every_kept_sample_is_as_likely_to_be_exchanged():
    hits = torch.zeros(5)
    for seed in range(400):
        pool = ReplayPool(1, size=5, probability=1.0)
        pool(numbered(0, 5), draw=stream(0))
        for number in numbers(pool(numbered(5, 2), draw=stream(seed))):
            hits[number] += 1
    assert hits.sum() == 800
    np.testing.assert_allclose(hits / 800, 0.2, atol=4 * np.sqrt(0.16 / 800))


def test_no_gradient_passes_and_what_is_kept_is_a_copy(device):
    pool = ReplayPool(3, size=4).to(device)
    x = torch.ones(2, 3, device=device, requires_grad=True)
    assert not pool(x, draw=stream(0, device)).requires_grad
    with torch.no_grad():
        x.zero_()
    assert pool.pool[:2].eq(1).all()


def test_evaluation_is_the_identity_and_keeps_nothing():
    pool, x = ReplayPool(3, size=2).eval(), torch.randn(4, 3)
    assert pool(x, draw=stream(0)) is x
    assert pool.count == 0


def test_the_same_draw_gives_the_same_exchange_and_the_state_resumes_it():
    streams = Streams(7, torch.device("cpu"))
    first = ReplayPool(1, size=6)
    for turn in range(4):
        first(numbered(turn * 4, 4), draw=streams("pool", turn))
    second = ReplayPool(1, size=6)
    second.load_state_dict(first.state_dict())
    x = numbered(16, 4)
    assert torch.equal(first(x, draw=streams("pool", 4)), second(x, draw=streams("pool", 4)))
    assert torch.equal(first.pool, second.pool)


def test_the_samples_dtype_comes_back():
    assert ReplayPool(3)(torch.zeros(2, 3, dtype=torch.bfloat16), draw=stream(0)).dtype == torch.bfloat16
    assert ReplayPool(3).double()(torch.zeros(2, 3).double(), draw=stream(0)).dtype == torch.float64


def test_it_reads_no_value_on_the_host():
    with FakeTensorMode():
        pool = ReplayPool((1, 8, 8), size=10)
        assert pool(torch.randn(4, 1, 8, 8), draw=Stream(None, torch.device("cpu"))).shape == (4, 1, 8, 8)
    with torch.device("meta"):
        pool, x = ReplayPool((1, 8, 8), size=3), torch.randn(4, 1, 8, 8)
    assert pool(x, draw=Streams(0, torch.device("meta"))("pool")).shape == (4, 1, 8, 8)


def test_two_processes_keep_the_pool_of_one(tmp_path):
    variables = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT)]
    ranks = [subprocess.Popen([*command, str(rank), str(tmp_path)], env=variables) for rank in range(2)]
    assert [rank.wait(60) for rank in ranks] == [0, 0]
    shares = [torch.load(tmp_path / f"found{rank}.pt") for rank in range(2)]
    alone = runpy.run_path(str(SCRIPT))["play"](0, 1)
    assert torch.equal(torch.cat([share["out"] for share in shares], 1), alone["out"])
    assert all(torch.equal(share["pool"], alone["pool"]) for share in shares)


def test_several_inputs_are_refused_in_words():
    with pytest.raises(ValueError, match="wants one input, got 2; join them by concat"):
        ReplayPool([(1, 8, 8), 3])
