"""Least points of quadratics and of a cross-entropy, in closed form.

Mutations tried (a test failed for each): one step in place of many, the start returned.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.convex import least


@given(st.integers(1, 8), st.integers(0, 10**6))
@settings(max_examples=8)
def test_a_quadratic_is_least_where_its_equations_are_solved(d, seed):
    draw = np.random.default_rng(seed)
    root, target = draw.normal(size=(d + 3, d)), draw.normal(size=d + 3)
    rows, wanted = torch.tensor(root), torch.tensor(target)
    start = torch.tensor(draw.normal(size=d))
    found = least(lambda x: (rows @ x - wanted).square().mean(), start)
    assert_allclose(found, np.linalg.lstsq(root, target)[0], atol=1e-6)


def test_gradients_are_on_inside_and_leave_no_trace():
    start = torch.zeros(2, 2, dtype=torch.float64)
    with torch.no_grad():
        found = least(lambda x: (x - 3).pow(4).sum() + (x - 3).square().sum(), start)
    assert_allclose(found, 3, atol=1e-8)
    assert not found.requires_grad
    assert not start.any()
