"""The pulling-away term against scipy's cosine distances, and at both ends of its range.

Mutations that turn this red: the diagonal not subtracted; N^2 pairs; cosines not squared.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import ortho_group

from rivalry_zoo.losses.pull_away import PullAway

LOSS = PullAway()


def codes(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape) + 0.3


@settings(max_examples=20)
@given(st.integers(2, 7), st.integers(2, 5), st.integers(0, 99))
def test_it_is_the_mean_squared_cosine_over_pairs_whatever_the_lengths(n, d, seed):
    given = codes(n, d, seed=seed)
    found = LOSS(torch.tensor(given)).item()
    assert found == pytest.approx(np.mean((1 - pdist(given, "cosine")) ** 2))
    assert 0 <= found <= 1
    lengths = np.random.default_rng(seed).uniform(0.1, 9, size=(n, 1))
    assert LOSS(torch.tensor(lengths * given)).item() == pytest.approx(found)


def test_codes_of_any_shape_are_vectors(device):
    maps = codes(4, 2, 3, 1)
    expected = np.mean((1 - pdist(maps.reshape(4, 6), "cosine")) ** 2)
    assert LOSS(torch.tensor(maps, device=device)).item() == pytest.approx(expected)


def test_orthogonal_codes_cost_nothing_and_those_on_one_line_one():
    frame = ortho_group.rvs(5, random_state=0)
    assert LOSS(torch.tensor(frame)).item() == pytest.approx(0, abs=1e-15)
    line = np.outer([1.0, -2.0, 0.5], [3.0, 4.0])
    assert LOSS(torch.tensor(line)).item() == pytest.approx(1)


def test_directions_without_preference_cost_one_in_d():
    frames = np.vstack([ortho_group.rvs(4, random_state=seed) for seed in range(200)])
    assert LOSS(torch.tensor(frames)).item() == pytest.approx(1 / 4, abs=0.002)


def test_a_batch_of_one_costs_nothing_and_two_are_the_squared_cosine():
    one = torch.tensor([[3.0, 4.0]], requires_grad=True)
    assert LOSS(one).item() == 0
    assert not torch.autograd.grad(LOSS(one), one)[0].any()
    assert LOSS(torch.tensor([[3.0, 4.0], [1.0, 0.0]])).item() == pytest.approx(0.36)


def test_a_code_of_zeros_has_no_direction_and_a_finite_gradient():
    zero = torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0]], requires_grad=True)
    loss = LOSS(zero)
    assert loss.item() == pytest.approx(0.36 / 3)
    assert torch.autograd.grad(loss, zero)[0].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_widened(dtype):
    far = torch.tensor([[1e4, 1e4], [1e4, -1e4], [1e4, 0]], dtype=dtype)
    assert LOSS(far).item() == pytest.approx(1 / 3, rel=1e-3)
    assert LOSS(far).dtype == torch.float32


def test_derivative_is_right():
    given = torch.tensor(codes(4, 3), requires_grad=True)
    assert torch.autograd.gradcheck(LOSS, given)
    assert torch.autograd.gradgradcheck(LOSS, given)


@pytest.mark.parametrize("shape", [(3,), (3, 1), (3, 1, 1)])
def test_codes_of_one_number_are_refused_in_words(shape):
    with pytest.raises(ValueError, match="codes of one number lie on one line, got shape"):
        LOSS(torch.ones(shape))
