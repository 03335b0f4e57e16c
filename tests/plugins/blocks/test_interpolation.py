"""Straight and bent ways, against complex numbers (the plane's arcs) and what arcs are defined by.

Mutations tried (a test failed for each): the angle's sign flipped, lengths not interpolated, the arc's direction not
made orthogonal.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.interpolation import lerp, slerp

SHARES = np.array([-0.1, 0.0, 0.25, 0.5, 1.0, 1.2])


def pair(d, seed):
    first, second = np.random.default_rng(seed).normal(size=(2, len(SHARES), d))
    return first, second


def test_arcs_of_the_plane_are_powers_of_complex_numbers(device):
    first, second = pair(2, 0)
    a, b = (x[:, 0] + 1j * x[:, 1] for x in (first, second))
    truth = a / abs(a) * np.exp(1j * SHARES * np.angle(b / a)) * (abs(a) + SHARES * (abs(b) - abs(a)))
    found = slerp(*(torch.tensor(x, device=device) for x in (first, second, SHARES))).cpu().numpy()
    assert_allclose(found[:, 0] + 1j * found[:, 1], truth, atol=1e-12)


@given(st.integers(2, 7), st.integers(0, 10**6))
@settings(max_examples=15)
def test_arcs_keep_their_ends_plane_and_speed(d, seed):
    first, second = pair(d, seed)
    found = slerp(*map(torch.tensor, (first, second, SHARES))).numpy()
    assert_allclose(found[1], first[1], atol=1e-9)
    assert_allclose(found[4], second[4], atol=1e-9)
    norms = [np.linalg.norm(x, axis=1) for x in (first, second, found)]
    assert_allclose(norms[2], abs(norms[0] + SHARES * (norms[1] - norms[0])), atol=1e-9)
    angle, turned = (
        np.arccos(np.clip((first * x).sum(1) / norms[0] / norm, -1, 1))
        for x, norm in ((second, norms[1]), (found, norms[2]))
    )
    assert_allclose(turned[1:5], (SHARES * angle)[1:5], atol=1e-6)
    for a, b, x in zip(first, second, found):
        assert np.linalg.matrix_rank(np.stack([a, b, x]), tol=1e-8) <= 2


def test_a_whole_map_is_one_vector():
    first, second = torch.randn(2, 3, 2, 4, 5, dtype=torch.float64)
    shares = torch.tensor([0.2, 0.5, 0.9])
    for way in (lerp, slerp):
        flat = way(first.flatten(1), second.flatten(1), shares)
        assert torch.equal(way(first, second, shares).flatten(1), flat)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([1.0, 2.0], [3.0, 6.0]),
        ([1.0, 2.0], [-2.0, -4.0]),
        ([0.0, 0.0], [1.0, 2.0]),
        ([1.0, 2.0], [0.0, 0.0]),
        ([3.0], [-5.0]),
    ],
)
def test_where_there_is_no_arc_the_way_is_straight(first, second):
    a, b = (torch.tensor([x], dtype=torch.float64).repeat(3, 1) for x in (first, second))
    shares = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    assert_allclose(slerp(a, b, shares), np.outer(1 - shares, first) + np.outer(shares, second), atol=1e-12)


def test_short_vectors_have_arcs_too():
    a, b = torch.tensor([[0.5, 0.0]]), torch.tensor([[0.0, 0.25]])
    assert_allclose(slerp(a, b, torch.tensor([0.5])), [[0.375 / 2**0.5] * 2], rtol=1e-6)


@pytest.mark.parametrize(("sine", "bends"), [(2e-6, True), (0.5e-6, False)])
def test_nearly_parallel_directions_have_no_arc(sine, bends):
    # Lengths 1 and 3: halfway the arc is at half the angle, the chord at three quarters of it.
    a, b = torch.tensor([[1.0, 0.0]], dtype=torch.float64), torch.tensor([[3.0, 3 * sine]], dtype=torch.float64)
    found = slerp(a, b, torch.tensor([0.5]))
    assert_allclose(float(found[0, 1] / found[0, 0]), sine * (0.5 if bends else 0.75), rtol=1e-3)


def test_straight_ways_go_on_beyond_their_ends():
    first, second = pair(3, 1)
    truth = (1 - SHARES)[:, None] * first + SHARES[:, None] * second
    assert_allclose(lerp(*map(torch.tensor, (first, second, SHARES))), truth, atol=1e-12)
