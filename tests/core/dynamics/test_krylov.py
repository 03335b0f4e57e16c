"""Arnoldi's iteration against dense eigenvalues.

Mutations caught: the residual of another component; a closed space taken for all of it.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.dynamics.krylov import arnoldi


def leading(matrix, count=4):
    tensor = torch.tensor(matrix)
    return arnoldi(lambda vector: tensor @ vector, len(matrix), count)


def ordered(values, key):
    return np.array(sorted(values, key=key))


@given(st.integers(1, 45), st.integers(0, 10**6))
@settings(deadline=None, max_examples=15)
def test_small_matrices_are_solved_exactly(n, seed):
    matrix = np.random.default_rng(seed).normal(size=(n, n))
    found = leading(matrix, 4)
    values = np.linalg.eigvals(matrix)
    rightmost = ordered(values, lambda v: (-v.real, -v.imag))[:4]
    largest = ordered(values, lambda v: (-round(abs(v), 8), -v.imag))[:4]
    np.testing.assert_allclose([p.value for p in found.rightmost], rightmost, atol=1e-7)
    np.testing.assert_allclose(sorted(abs(p.value) for p in found.largest), sorted(abs(largest)), atol=1e-7)
    assert all(pair.residual < 1e-6 for pair in found.rightmost)


def test_outer_eigenvalues_of_a_large_matrix_take_few_products():
    draw = np.random.default_rng(0)
    basis = draw.normal(size=(400, 400))
    values = np.concatenate([[7.0, -6.0, 5.5, -5.0], draw.uniform(-1, 1, 396)])
    matrix = basis @ np.diag(values) @ np.linalg.inv(basis)
    found = leading(matrix, 2)
    assert found.products < 120
    assert [p.value.real for p in found.rightmost] == pytest.approx([7.0, 5.5], abs=1e-5)
    assert [p.value.real for p in found.largest] == pytest.approx([7.0, -6.0], abs=1e-5)


def test_residuals_say_how_far_a_value_is_off():
    """Of a symmetric matrix an eigenvalue lies within the residual."""
    values = np.linspace(-1, 1, 1000)
    found = leading(np.diag(values), 3)
    for pair in found.rightmost:
        assert abs(values - pair.value.real).min() <= pair.residual + 1e-10


def test_a_closed_space_is_not_all_there_is():
    """Three values only: the space of any vector closes after three products, and multiplicities are still found."""
    matrix = np.diag([2.0] * 3 + [-1.0] * 10 + [0.0] * 7)
    found = leading(matrix, 5)
    assert [p.value.real for p in found.rightmost] == pytest.approx([2, 2, 2, 0, 0], abs=1e-8)


def test_rotations_come_as_pairs():
    found = leading(np.array([[0.0, 2.0], [-2.0, 0.0]]), 6)
    assert [p.value for p in found.rightmost] == pytest.approx([2j, -2j])
