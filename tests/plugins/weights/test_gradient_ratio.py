"""The adaptive weight on gradients known by hand.

Mutations caught: the ratio upside down; norms of tensors added up.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.weights.gradient_ratio import GradientRatio

vectors = st.lists(st.floats(-5, 5), min_size=2, max_size=6)


def test_three_four_five():
    of = [torch.tensor([[3.0]]), torch.tensor([4.0])]
    over = [torch.tensor([[0.0]]), torch.tensor([2.0])]
    assert GradientRatio(scale=1.0)(of, over).item() == pytest.approx(5 / 2.0001)


@given(vectors, vectors, st.floats(0.1, 2))
@settings(max_examples=30)
def test_it_is_the_scaled_ratio_of_joint_norms(of, over, scale):
    found = GradientRatio(scale=scale)(*([torch.tensor(v[:1]), torch.tensor(v[1:])] for v in (of, over)))
    expected = min(np.linalg.norm(of) / (np.linalg.norm(over) + 1e-4), 1e4)
    assert found.shape == ()
    assert found.item() == pytest.approx(scale * expected, rel=1e-4, abs=1e-6)


def test_both_losses_pull_equally_hard_at_the_last_layer():
    torch.manual_seed(0)
    weight = torch.randn(4, dtype=torch.float64, requires_grad=True)
    content, game = (weight - 3).square().sum(), 1e-2 * weight.cos().sum()
    of, over = (torch.autograd.grad(loss, [weight]) for loss in (content, game))
    found = GradientRatio(scale=0.8, delta=1e-12)(of, over)
    assert (found * over[0]).norm().item() == pytest.approx(0.8 * of[0].norm().item())


@given(st.floats(0.5, 100))
@settings(max_examples=20)
def test_it_undoes_its_own_factor_and_follows_the_others(factor):
    of, over, weight = [torch.tensor([1.0, 2.0])], [torch.tensor([3.0, 1.0])], GradientRatio(delta=1e-9)
    one = weight(of, over).item()
    assert factor * weight(of, [factor * over[0]]).item() == pytest.approx(one, rel=1e-5)
    assert weight([factor * of[0]], over).item() == pytest.approx(factor * one, rel=1e-5)


def test_it_is_bounded_where_nothing_pulls_back():
    nothing = [torch.zeros(3)]
    assert GradientRatio(scale=0.5)([torch.ones(3)], nothing).item() == pytest.approx(0.5 * 1e4)
    assert GradientRatio()([torch.full((3,), 1e-4)], nothing).item() == pytest.approx(0.8 * np.sqrt(3), rel=1e-5)
    assert GradientRatio()(nothing, nothing).item() == 0


def test_half_precision_is_squared_in_single_and_no_gradient_passes(device):
    big = [torch.full((8,), 300.0, dtype=torch.float16, device=device, requires_grad=True)]
    found = GradientRatio(scale=1.0)(big, big)
    assert found.item() == pytest.approx(1, rel=1e-3)
    assert not found.requires_grad


def test_its_scale_may_stand_on_the_device():
    assert GradientRatio(scale=torch.tensor(2.0))([torch.ones(1)], [torch.ones(1)]).item() == pytest.approx(2, rel=1e-3)
