"""Pairings against scipy's. Mutation caught: prices not raised along the path."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from rivalry_zoo.blocks.assignment import assign

shapes = st.integers(1, 7).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, 9)))


@settings(max_examples=60)
@given(shapes.flatmap(lambda shape: arrays(np.int64, shape, elements=st.integers(-9, 9))))
def test_costs_add_up_to_the_least(cost):
    found = assign(cost.tolist())
    assert len(set(found)) == len(cost)
    assert sum(cost[row, column] for row, column in enumerate(found)) == cost[linear_sum_assignment(cost)].sum()


def test_large_tables_of_real_costs_are_paired_as_scipy_does():
    cost = np.random.default_rng(0).normal(size=(40, 50))
    np.testing.assert_array_equal(assign(cost.tolist()), linear_sum_assignment(cost)[1])


def test_more_rows_than_columns_are_refused():
    with pytest.raises(ValueError, match="at most as many rows as columns, got 3 and 2: transpose"):
        assign([[0, 1]] * 3)
