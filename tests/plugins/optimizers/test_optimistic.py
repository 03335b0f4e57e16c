"""Optimistic steps against numpy, and around plain descent against the order of the same name.

Mutations caught: d_t + d_{t-1}; a double first step; a skipped step that is remembered.
"""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.players import shortened
from rivalry.testing import check_component
from rivalry_zoo.optimizers.adam import Adam
from rivalry_zoo.optimizers.optimistic import Optimistic
from rivalry_zoo.optimizers.rmsprop import RootMeanSquare
from rivalry_zoo.optimizers.sgd import GradientDescent
from rivalry_zoo.optimizers.weight_clip import WeightClip

SHAPES = [(3, 2), (4,), ()]


def problem(device, steps=8):
    rng = np.random.default_rng(3)
    parameters = [torch.tensor(rng.normal(size=shape), device=device) for shape in SHAPES]
    gradients = [[torch.tensor(rng.normal(size=s) + 0.2, device=device) for s in SHAPES] for _ in range(steps)]
    return parameters, gradients


def adam_moves(gradients, lr):
    """Adam's own moves, in numpy."""
    m, v = np.zeros_like(gradients[0]), np.zeros_like(gradients[0])
    for t, g in enumerate(gradients, start=1):
        m, v = 0.5 * m + 0.5 * g, 0.9 * v + 0.1 * g**2
        yield -lr * (m / (1 - 0.5**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)


def optimistic(w, moves):
    """w + 2 d_t - d_{t-1}, the first of them plain."""
    before = None
    for d in moves:
        w, before = w + 2 * d - (d if before is None else before), d
    return w


@pytest.mark.parametrize(
    ("inner", "moves"),
    [
        (GradientDescent(), lambda gradients, lr: (-lr * g for g in gradients)),
        (Adam(betas=(0.5, 0.9)), adam_moves),
    ],
    ids=["sgd", "adam"],
)
def test_eight_steps_follow_the_formula(device, inner, moves):
    parameters, gradients = problem(device)
    expected = [
        optimistic(w.cpu().numpy(), moves([step[i].cpu().numpy() for step in gradients], 0.05))
        for i, w in enumerate(parameters)
    ]
    optimizer = Optimistic(optimizer=inner)
    state = optimizer.start(parameters)
    for step in gradients:
        optimizer.step(parameters, step, state, lr=0.05)
    for ours, theirs in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(ours.cpu().numpy(), theirs, rtol=1e-9, atol=1e-12)


@given(st.floats(0.05, 0.45))
@settings(max_examples=10)
def test_around_plain_descent_the_bilinear_game_shrinks_by_the_radius_of_ogda(h):
    """The larger root of z^2 - (1 - 2 i h) z - i h, a step of both players as one complex number."""
    players, optimizer = [torch.tensor(v, dtype=torch.float64) for v in (1.0, 0.0)], Optimistic(GradientDescent())
    state, distances = optimizer.start(players), []
    for _ in range(100):
        optimizer.step(players, [players[1].clone(), -players[0].clone()], state, lr=h)
        distances.append(np.hypot(*map(float, players)))
    radius = max(abs(np.roots([1, -(1 - 2j * h), -1j * h])))
    assert distances[-1] / distances[-2] == pytest.approx(radius, rel=1e-6)
    assert radius < 1


def test_a_rate_that_moves_scales_each_move_when_it_is_made(device):
    w, optimizer = [torch.zeros(1, device=device)], Optimistic(GradientDescent())
    state = optimizer.start(w)
    for lr, expected in ((0.5, -0.5), (0.25, -0.5), (0.0, -0.25)):  # d = -0.5, -0.25, 0
        optimizer.step(w, [torch.ones(1, device=device)], state, lr=lr)
        assert w[0].item() == expected


@pytest.mark.parametrize("finished", [0, 3])
@pytest.mark.parametrize("inner", [GradientDescent(momentum=0.5), Adam(), Adam(fused=False), RootMeanSquare()])
def test_a_skipped_step_changes_and_remembers_nothing(device, inner, finished):
    parameters, gradients = problem(device)
    optimizer = Optimistic(inner)
    state = optimizer.start(parameters)
    for step in gradients[:finished]:
        optimizer.step(parameters, step, state, lr=0.1)
    before = copy.deepcopy((parameters, state))
    broken = [gradient * float("nan") for gradient in gradients[5]]
    optimizer.step(parameters, broken, state, lr=0.1, skip=torch.ones((), device=device))
    torch.testing.assert_close((parameters, state), before, rtol=0, atol=0)


def test_skip_zero_is_no_skip(device):
    results = []
    for skip in (None, torch.zeros((), device=device)):
        parameters, gradients = problem(device)
        optimizer = Optimistic(Adam())
        state = optimizer.start(parameters)
        for step in gradients[:4]:
            optimizer.step(parameters, step, state, lr=0.1, skip=skip)
        results.append((parameters, state))
    torch.testing.assert_close(*results, rtol=0, atol=0)


def test_a_copied_state_goes_on_bit_for_bit(device):
    parameters, gradients = problem(device)
    optimizer = Optimistic()
    state = optimizer.start(parameters)
    for i, step in enumerate(gradients):
        if i == 4:
            other_parameters, other_state = copy.deepcopy((parameters, state))
        optimizer.step(parameters, step, state, lr=0.01)
    for step in gradients[4:]:
        optimizer.step(other_parameters, step, other_state, lr=0.01)
    torch.testing.assert_close((other_parameters, other_state), (parameters, state), rtol=0, atol=0)


def test_optimisers_that_add_a_state_stand_in_each_other():
    parameters, gradients = problem("cpu", 3)
    twice, state = Optimistic(Optimistic(GradientDescent())), None
    state = twice.start(parameters)
    w = [p.numpy().copy() for p in parameters]
    for step in gradients:
        twice.step(parameters, step, state, lr=0.1)
    g = [[row.numpy() for row in step] for step in gradients]
    for i, start in enumerate(w):
        once = [-0.1 * g[0][i], -0.1 * (2 * g[1][i] - g[0][i]), -0.1 * (2 * g[2][i] - g[1][i])]
        np.testing.assert_allclose(
            parameters[i].numpy(), start + once[0] + 2 * once[1] - once[0] + 2 * once[2] - once[1]
        )


def test_parameters_that_want_gradients_are_moved_without_a_graph(device):
    parameter = torch.nn.Parameter(torch.ones(2, device=device))
    optimizer = Optimistic()
    state = optimizer.start([parameter])
    optimizer.step([parameter], [torch.ones_like(parameter)], state, lr=0.5)
    assert parameter.is_leaf
    assert not any(tensor.requires_grad for row in state.values() for tensor in row)


def test_rate_and_memory_are_those_of_the_optimiser_inside():
    assert Optimistic(Adam(lr=0.3)).lr == 0.3
    assert Optimistic(WeightClip(RootMeanSquare(lr=0.4))).lr == 0.4
    assert shortened(Optimistic(Adam(betas=(0.25, 0.0625))), 0.5) == Optimistic(Adam(betas=(0.5, 0.25)))


def test_it_holds_the_contract_of_its_kind():
    check_component("optimizer", "optimistic", optimizer={"use": "sgd", "momentum": 0.5})
