"""Rows sorted in threads, and transport on the line against the best assignment, in the precision of float64.

Mutations tried (a test failed for each): a part of the rows left unsorted, the difference taken in float32, squares
where absolute values belong.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linear_sum_assignment

from rivalry_zoo.blocks import quantiles as module
from rivalry_zoo.blocks.quantiles import sorted_rows, transport_costs


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("few", [0, 1 << 16])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rows_are_sorted_by_any_number_of_threads_and_the_input_stays(threads, few, dtype, monkeypatch, device):
    monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(module.torch, "get_num_threads", lambda: threads)
    values = torch.tensor(np.random.default_rng(0).normal(size=(5, 8)), dtype=dtype, device=device)
    before = values.clone()
    got = sorted_rows(values)
    assert got.dtype == dtype
    assert_array_equal(got.cpu(), np.sort(before.cpu().numpy(), 1))
    assert torch.equal(values, before)
    assert_array_equal(sorted_rows(values, own=True).cpu(), got.cpu())


def test_threads_are_for_many_numbers_alone(monkeypatch):
    asked = []

    def pool(threads):
        asked.append(threads)
        return ThreadPoolExecutor(threads)

    monkeypatch.setattr(module, "ThreadPoolExecutor", pool)
    monkeypatch.setattr(module, "FEW", 12)
    monkeypatch.setattr(module.torch, "get_num_threads", lambda: 3)
    for shape in [(2, 5), (11, 1), (1, 40), (2, 6), (5, 6)]:
        values = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        assert_array_equal(sorted_rows(values), np.sort(values.numpy(), 1))
    assert asked == [2, 3]


def test_what_is_not_finite_sorts_to_an_end():
    values = torch.tensor([[1.0, float("nan"), 0.0], [float("inf"), 2.0, 1.0], [3.0, -float("inf"), 1.0]])
    ends = sorted_rows(values)[:, [0, -1]]
    assert ends.isfinite().tolist() == [[True, False], [True, False], [False, True]]


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([1, 2]), st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_costs_are_those_of_the_best_assignment(n, m, order, seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n)), rng.normal(size=(2, m))
    expected = []
    for one, other in zip(a, b, strict=True):
        table = np.abs(np.repeat(one, m)[:, None] - np.repeat(other, n)) ** order  # both as n m points
        expected.append(table[linear_sum_assignment(table)].mean())
    assert_allclose(transport_costs(torch.tensor(a), torch.tensor(b), order), expected, rtol=1e-9)


@pytest.mark.parametrize("m", [4, 6])
def test_float32_is_subtracted_in_float64(m):
    # The difference, 1 - 2^-24 - 2^-30, rounds to 1 in float32.
    a, b = torch.full((1, 4), 1.0), torch.full((1, m), 2.0**-24 + 2.0**-30)
    cost = transport_costs(a, b)
    assert cost.dtype == torch.float64
    assert_allclose(cost, 1 - 2.0**-24 - 2.0**-30, rtol=1e-15)
