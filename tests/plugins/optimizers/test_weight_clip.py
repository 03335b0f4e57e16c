"""The box against numpy's clip of the bare optimiser's path.

Mutations caught: gradients clipped instead of weights; one side of the box alone; a skipped step that clips.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.players import shortened
from rivalry.testing import check_component
from rivalry_zoo.optimizers.adam import Adam
from rivalry_zoo.optimizers.rmsprop import RootMeanSquare
from rivalry_zoo.optimizers.sgd import GradientDescent
from rivalry_zoo.optimizers.weight_clip import WeightClip


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.floats(0.01, 2), st.integers(0, 99))
@settings(max_examples=20)
def test_every_step_ends_at_the_nearest_point_of_the_box(start, limit, seed):
    w, numbers = np.array(start), np.random.default_rng(seed)
    weights, optimizer = [torch.tensor(w), torch.tensor(w[0])], WeightClip(GradientDescent(), limit=limit)
    state = optimizer.start(weights)
    for g in numbers.normal(size=(3, len(w))):
        optimizer.step(weights, [torch.tensor(g), torch.tensor(g[0])], state, lr=0.3)
        w = np.clip(w - 0.3 * g, -limit, limit)
        np.testing.assert_allclose(weights[0], w, atol=1e-15)
        assert weights[1].item() == weights[0][0].item()


def test_defaults_are_those_of_wgan_algorithm_one():
    """RMSProp with alpha 0.99 begins with steps of lr / sqrt(0.01): ten times 5e-5."""
    weights, optimizer = [torch.tensor([0.0, 0.3, -0.3])], WeightClip()
    optimizer.step(weights, [torch.tensor([1.0, 1.0, 1.0])], optimizer.start(weights), lr=optimizer.lr)
    np.testing.assert_allclose(weights[0], [-5e-4, 0.01, -0.01], rtol=1e-5)


def test_the_optimiser_inside_keeps_its_state(device):
    weights = [torch.zeros(2, device=device), torch.zeros((), device=device)]
    inner = Adam()
    assert WeightClip(inner).start(weights).keys() == inner.start(weights).keys()
    clipped, bare = [w.clone() for w in weights], [w.clone() for w in weights]
    states = WeightClip(inner).start(clipped), inner.start(bare)
    for value in (1.0, -3.0, 2.0):
        gradients = [torch.full_like(w, value) for w in weights]
        WeightClip(inner, limit=100.0).step(clipped, gradients, states[0], lr=0.1)
        inner.step(bare, gradients, states[1], lr=0.1)
    torch.testing.assert_close((clipped, states[0]), (bare, states[1]), rtol=0, atol=0)


@pytest.mark.parametrize("inner", [GradientDescent(momentum=0.5), Adam(), RootMeanSquare()])
def test_a_skipped_step_neither_moves_nor_clips(device, inner):
    weights, optimizer = [torch.tensor([5.0, -5.0, 0.0], device=device)], WeightClip(inner)
    state = optimizer.start(weights)
    optimizer.step(
        weights, [torch.full((3,), torch.nan, device=device)], state, lr=0.1, skip=torch.ones((), device=device)
    )
    assert weights[0].tolist() == [5.0, -5.0, 0.0]
    assert not any(tensor.any() for row in state.values() for tensor in row)
    optimizer.step(weights, [torch.zeros(3, device=device)], state, lr=0.1, skip=torch.zeros((), device=device))
    np.testing.assert_allclose(weights[0].cpu(), [0.01, -0.01, 0], rtol=1e-6)


def test_parameters_that_want_gradients_are_clipped_without_a_graph():
    parameter = torch.nn.Parameter(torch.ones(2))
    WeightClip().step([parameter], [torch.zeros(2)], WeightClip().start([parameter]), lr=0.5)
    assert parameter.is_leaf
    assert parameter.tolist() == pytest.approx([0.01, 0.01])


def test_rate_and_memory_are_those_of_the_optimiser_inside():
    assert WeightClip(Adam(lr=0.3)).lr == 0.3
    assert WeightClip().lr == 5e-5
    assert shortened(WeightClip(Adam(betas=(0.25, 0.0625))), 0.5) == WeightClip(Adam(betas=(0.5, 0.25)))


def test_it_holds_the_contract_of_its_kind():
    check_component("optimizer", "weight_clip")
