"""Gradient descent against numpy, torch.optim.SGD, and the spectral radius of a rotating field.

Mutation tried: a step along +g instead of -g; the radius survives (it is even), the numpy test fails. Momentum applied
to the parameters instead of the buffer: both fail.
"""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.players import shortened
from rivalry_zoo.optimizers.sgd import GradientDescent

FORMS = [(0.0, False), (0.9, False), (0.9, True)]


def problem(device, dtype=torch.float32, steps=30):
    rng = np.random.default_rng(11)
    shapes = [(2, 3), (4,), ()]
    parameters = [torch.tensor(rng.normal(size=shape), dtype=dtype, device=device) for shape in shapes]
    gradients = [
        [torch.tensor(rng.normal(size=shape), dtype=dtype, device=device) for shape in shapes] for _ in range(steps)
    ]
    return parameters, gradients


def by_hand(w, gradients, lr, momentum, nesterov, decay):
    velocity = np.zeros_like(w)
    for g in gradients:
        total = g + decay * w
        velocity = momentum * velocity + total
        w = w - lr * (total + momentum * velocity if nesterov else velocity)
    return w


@pytest.mark.parametrize("fused", [None, False])
@pytest.mark.parametrize(("momentum", "nesterov"), FORMS)
def test_thirty_steps_follow_the_formula(device, fused, momentum, nesterov):
    parameters, gradients = problem(device, torch.float64)
    expected = [
        by_hand(w.cpu().numpy(), [step[i].cpu().numpy() for step in gradients], 0.05, momentum, nesterov, 0.1)
        for i, w in enumerate(parameters)
    ]
    optimizer = GradientDescent(momentum=momentum, nesterov=nesterov, weight_decay=0.1, fused=fused)
    state = optimizer.start(parameters)
    for step in gradients:
        optimizer.step(parameters, step, state, lr=0.05)
    for ours, theirs in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(ours.cpu().numpy(), theirs, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("momentum", "nesterov"), FORMS)
def test_steps_are_bit_for_bit_those_of_torch(device, fused, momentum, nesterov):
    parameters, gradients = problem(device)
    mirror = [parameter.clone().requires_grad_() for parameter in parameters]
    options = {"momentum": momentum, "nesterov": nesterov, "weight_decay": 0.01}
    theirs = torch.optim.SGD(mirror, lr=0.05, fused=fused, foreach=False, **options)
    ours = GradientDescent(fused=None if fused else False, **options)
    state = ours.start(parameters)
    for step in gradients:
        ours.step(parameters, step, state, lr=0.05)
        for parameter, gradient in zip(mirror, step, strict=True):
            parameter.grad = gradient.clone()
        theirs.step()
    assert all(torch.equal(a, b) for a, b in zip(parameters, mirror, strict=True))


@given(h=st.floats(0.01, 1.5), momentum=st.just(0.0))
@settings(max_examples=15)
def test_simultaneous_descent_on_a_rotation_spirals_out_by_the_root_of_one_plus_h_squared(h, momentum):
    # The bilinear game f(a, b) = a b: one player's gradient is b, the other's is -a.
    optimizer = GradientDescent(momentum=momentum)
    columns = []
    for start in ([1.0, 0.0], [0.0, 1.0]):
        players = [torch.tensor(value, dtype=torch.float64) for value in start]
        gradients = [players[1].clone(), -players[0].clone()]
        optimizer.step(players, gradients, optimizer.start(players), lr=h)
        columns.append([float(player) for player in players])
    radius = np.abs(np.linalg.eigvals(np.array(columns).T)).max()
    assert radius == pytest.approx(np.sqrt(1 + h**2), rel=1e-12)


@pytest.mark.parametrize("fused", [None, False])
@pytest.mark.parametrize(("momentum", "nesterov"), FORMS)
@pytest.mark.parametrize("finished", [0, 2])
def test_a_skipped_step_changes_nothing_at_all(device, fused, momentum, nesterov, finished):
    parameters, gradients = problem(device)
    optimizer = GradientDescent(momentum=momentum, nesterov=nesterov, weight_decay=0.1, fused=fused)
    state = optimizer.start(parameters)
    for step in gradients[:finished]:
        optimizer.step(parameters, step, state, lr=0.1)
    before = copy.deepcopy((parameters, state))
    broken = [gradient * float("nan") for gradient in gradients[5]]
    optimizer.step(parameters, broken, state, lr=0.1, skip=torch.ones((), device=device))
    torch.testing.assert_close((parameters, state), before, rtol=0, atol=0)


@pytest.mark.parametrize("fused", [None, False])
def test_skip_zero_is_no_skip(device, fused):
    optimizer = GradientDescent(momentum=0.9, fused=fused)
    results = []
    for skip in (None, torch.zeros((), device=device)):
        parameters, gradients = problem(device)
        state = optimizer.start(parameters)
        for step in gradients[:5]:
            optimizer.step(parameters, step, state, lr=0.1, skip=skip)
        results.append((parameters, state))
    torch.testing.assert_close(*results, rtol=0, atol=0)


def test_a_copied_state_goes_on_bit_for_bit(device):
    parameters, gradients = problem(device)
    optimizer = GradientDescent(momentum=0.9, nesterov=True)
    state = optimizer.start(parameters)
    for i, step in enumerate(gradients[:20]):
        if i == 10:
            other_parameters, other_state = copy.deepcopy((parameters, state))
        optimizer.step(parameters, step, state, lr=0.01)
    for step in gradients[10:20]:
        optimizer.step(other_parameters, step, other_state, lr=0.01)
    torch.testing.assert_close((other_parameters, other_state), (parameters, state), rtol=0, atol=0)


def test_a_single_parameter_is_moved_and_none_is_no_error():
    weights, optimizer = [torch.tensor(1.0)], GradientDescent()
    optimizer.step(weights, [torch.tensor(2.0)], {}, lr=0.25)
    assert weights[0].item() == 0.5
    optimizer.step([], [], {}, lr=0.25)


def test_a_player_of_half_as_many_steps_remembers_as_far_back():
    assert shortened(GradientDescent(momentum=0.25), 0.5) == GradientDescent(momentum=0.5)


def test_nesterov_without_momentum_is_refused_with_the_fix():
    with pytest.raises(ValueError, match=r"nesterov wants a momentum above 0, got 0; set momentum"):
        GradientDescent(nesterov=True)
