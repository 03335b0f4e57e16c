"""Projections against what defines them: membership, and no nearer point; numpy's SVD for the values.

Mutations caught: singular values raised to the limit too; rows for columns; vectors projected; a skipped projection.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import polar

from rivalry.players import shortened
from rivalry.testing import check_component
from rivalry_zoo.optimizers.adam import Adam
from rivalry_zoo.optimizers.projected import Projected
from rivalry_zoo.optimizers.sgd import GradientDescent
from rivalry_zoo.optimizers.weight_clip import WeightClip

SHAPES = st.sampled_from([(3, 4), (4, 3), (1, 5), (5, 1)])


def projection(onto, matrix, limit):
    """Where a step of no length leads."""
    weights, optimizer = [torch.tensor(matrix)], Projected(GradientDescent(), onto=onto, limit=limit)
    optimizer.step(weights, [torch.zeros_like(weights[0])], optimizer.start(weights), lr=1.0)
    return weights[0].numpy()


@given(SHAPES, st.integers(0, 99), st.floats(0.2, 3))
@settings(max_examples=20)
def test_rows_are_shortened_to_the_limit_and_never_lengthened(shape, seed, limit):
    matrix = np.random.default_rng(seed).normal(size=shape)
    norms = np.linalg.norm(matrix, axis=1)
    found = projection("rows", matrix, limit)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.minimum(norms, limit), rtol=1e-12)
    np.testing.assert_allclose(found / np.linalg.norm(found, axis=1)[:, None], matrix / norms[:, None], rtol=1e-12)


def test_a_row_of_zeros_stays_one():
    found = projection("rows", np.array([[0.0, 0.0], [3.0, 4.0]]), 1.0)
    np.testing.assert_allclose(found, [[0, 0], [0.6, 0.8]])


@given(SHAPES, st.integers(0, 99), st.floats(0.2, 3))
@settings(max_examples=20)
def test_spectral_clips_singular_values_and_keeps_their_vectors(shape, seed, limit):
    matrix = np.random.default_rng(seed).normal(size=shape)
    u, values, v = np.linalg.svd(matrix, full_matrices=False)
    np.testing.assert_allclose(
        projection("spectral", matrix, limit), u @ np.diag(np.minimum(values, limit)) @ v, atol=1e-12
    )


@given(SHAPES, st.integers(0, 99), st.floats(0.2, 3))
@settings(max_examples=20)
def test_orthonormal_is_the_polar_factor_times_the_limit(shape, seed, limit):
    matrix = np.random.default_rng(seed).normal(size=shape)
    np.testing.assert_allclose(projection("orthonormal", matrix, limit), limit * polar(matrix)[0], atol=1e-10)


@pytest.mark.parametrize("onto", ["rows", "spectral", "orthonormal"])
def test_no_other_point_of_the_set_is_nearer(onto):
    numbers = np.random.default_rng(5)
    matrix = 2 * numbers.normal(size=(3, 4))
    best = np.linalg.norm(matrix - projection(onto, matrix, 0.8))
    for other in numbers.normal(size=(50, 3, 4)):
        for size in (0.1, 1.0):  # near ones and far ones
            point = projection(onto, projection(onto, matrix, 0.8) + size * other, 0.8)
            assert np.linalg.norm(matrix - point) >= best - 1e-12


def test_a_kernel_is_projected_as_the_matrix_of_its_outputs(device):
    kernel = torch.tensor(np.random.default_rng(1).normal(size=(2, 3, 2, 2)), device=device)
    kernel = kernel.to(memory_format=torch.channels_last)
    expected = kernel.cpu().numpy().reshape(2, 12)
    expected = expected / np.linalg.norm(expected, axis=1)[:, None] / 2
    weights, optimizer = [kernel], Projected(GradientDescent(), limit=0.5)
    optimizer.step(weights, [torch.zeros_like(kernel)], optimizer.start(weights), lr=1.0)
    np.testing.assert_allclose(weights[0].cpu().reshape(2, 12), expected, rtol=1e-12)
    assert weights[0].is_contiguous(memory_format=torch.channels_last)


def test_vectors_and_scalars_are_only_moved(device):
    weights = [torch.full((4,), 5.0, device=device), torch.tensor(7.0, device=device)]
    optimizer = Projected(GradientDescent())
    optimizer.step(weights, [torch.ones_like(w) for w in weights], optimizer.start(weights), lr=0.5)
    assert weights[0].tolist() == [4.5] * 4
    assert weights[1].item() == 6.5


def test_the_step_comes_first():
    weights, optimizer = [torch.tensor([[0.0, 0.0]])], Projected(GradientDescent(), limit=1.0)
    optimizer.step(weights, [torch.tensor([[-3.0, 4.0]])], optimizer.start(weights), lr=1.0)
    np.testing.assert_allclose(weights[0], [[0.6, -0.8]], rtol=1e-6)


@pytest.mark.parametrize("onto", ["rows", "spectral", "orthonormal"])
def test_a_skipped_step_neither_moves_nor_projects(device, onto):
    weights, optimizer = [torch.full((2, 2), 5.0, device=device)], Projected(onto=onto)
    state = optimizer.start(weights)
    broken = [torch.full((2, 2), torch.nan, device=device)]
    optimizer.step(weights, broken, state, lr=0.1, skip=torch.ones((), device=device))
    assert weights[0].tolist() == [[5.0, 5.0], [5.0, 5.0]]
    assert not any(tensor.any() for row in state.values() for tensor in row)


def test_parameters_that_want_gradients_are_projected_without_a_graph():
    parameter = torch.nn.Parameter(torch.ones(2, 2))
    Projected().step([parameter], [torch.zeros(2, 2)], Projected().start([parameter]), lr=0.5)
    assert parameter.is_leaf
    np.testing.assert_allclose(parameter.detach(), 0.5**0.5, rtol=1e-6)


def test_rate_memory_and_state_are_those_of_the_optimiser_inside():
    assert Projected(WeightClip(Adam(lr=0.3))).lr == 0.3
    assert Projected().lr == Adam().lr
    assert shortened(Projected(Adam(betas=(0.25, 0.0625))), 0.5) == Projected(Adam(betas=(0.5, 0.25)))
    assert Projected().start([torch.ones(2)]).keys() == Adam().start([torch.ones(2)]).keys()


def test_it_holds_the_contract_of_its_kind():
    check_component("optimizer", "projected")
