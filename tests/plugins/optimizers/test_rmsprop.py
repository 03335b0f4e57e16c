"""RMSProp against float64 numpy and against torch.optim.RMSprop.

Mutation tried: alpha and 1 - alpha exchanged; the numpy test fails.
"""

import copy

import numpy as np
import pytest
import torch

from rivalry.players import shortened
from rivalry_zoo.optimizers.rmsprop import RootMeanSquare

FORMS = [(0.0, False), (0.9, False), (0.0, True), (0.5, True)]


def problem(device, dtype=torch.float32, steps=30):
    rng = np.random.default_rng(13)
    shapes = [(2, 3), (4,), ()]
    parameters = [torch.tensor(rng.normal(size=shape), dtype=dtype, device=device) for shape in shapes]
    gradients = [
        [torch.tensor(rng.normal(size=shape), dtype=dtype, device=device) for shape in shapes] for _ in range(steps)
    ]
    return parameters, gradients


def by_hand(w, gradients, lr, alpha, eps, momentum, centered, decay):
    square, mean, velocity = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for g in gradients:
        total = g + decay * w
        square = alpha * square + (1 - alpha) * total**2
        mean = alpha * mean + (1 - alpha) * total
        scaled = total / (np.sqrt(square - mean**2 if centered else square) + eps)
        velocity = momentum * velocity + scaled
        w = w - lr * velocity
    return w


@pytest.mark.parametrize(("momentum", "centered"), FORMS)
def test_thirty_steps_follow_the_formula(device, momentum, centered):
    parameters, gradients = problem(device, torch.float64)
    expected = [
        by_hand(w.cpu().numpy(), [s[i].cpu().numpy() for s in gradients], 0.01, 0.9, 1e-6, momentum, centered, 0.1)
        for i, w in enumerate(parameters)
    ]
    optimizer = RootMeanSquare(alpha=0.9, eps=1e-6, momentum=momentum, centered=centered, weight_decay=0.1)
    state = optimizer.start(parameters)
    for step in gradients:
        optimizer.step(parameters, step, state, lr=0.01)
    for ours, theirs in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(ours.cpu().numpy(), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("momentum", "centered"), FORMS)
def test_steps_are_bit_for_bit_those_of_torch(device, momentum, centered):
    parameters, gradients = problem(device)
    mirror = [parameter.clone().requires_grad_() for parameter in parameters]
    options = {"momentum": momentum, "centered": centered, "weight_decay": 0.01}
    theirs, ours = torch.optim.RMSprop(mirror, lr=0.01, foreach=True, **options), RootMeanSquare(**options)
    state = ours.start(parameters)
    for step in gradients:
        ours.step(parameters, step, state, lr=0.01)
        for parameter, gradient in zip(mirror, step, strict=True):
            parameter.grad = gradient
        theirs.step()
    assert all(torch.equal(a, b) for a, b in zip(parameters, mirror, strict=True))


@pytest.mark.parametrize(("momentum", "centered"), FORMS)
def test_a_skipped_step_changes_nothing_at_all(device, momentum, centered):
    parameters, gradients = problem(device)
    optimizer = RootMeanSquare(momentum=momentum, centered=centered, weight_decay=0.1)
    state = optimizer.start(parameters)
    optimizer.step(parameters, gradients[0], state, lr=0.1)
    before = copy.deepcopy((parameters, state))
    broken = [gradient * float("nan") for gradient in gradients[1]]
    optimizer.step(parameters, broken, state, lr=0.1, skip=torch.ones((), device=device))
    torch.testing.assert_close((parameters, state), before, rtol=0, atol=0)


def test_skip_zero_is_no_skip(device):
    optimizer = RootMeanSquare(momentum=0.9, centered=True)
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
    optimizer = RootMeanSquare(momentum=0.5)
    state = optimizer.start(parameters)
    for i, step in enumerate(gradients[:20]):
        if i == 10:
            other_parameters, other_state = copy.deepcopy((parameters, state))
        optimizer.step(parameters, step, state, lr=0.01)
    for step in gradients[10:20]:
        optimizer.step(other_parameters, step, other_state, lr=0.01)
    torch.testing.assert_close((other_parameters, other_state), (parameters, state), rtol=0, atol=0)


def test_a_player_of_half_as_many_steps_remembers_as_far_back():
    found = shortened(RootMeanSquare(alpha=0.25, momentum=0.0625), 0.5)
    assert found == RootMeanSquare(alpha=0.5, momentum=0.25)


def test_the_state_holds_only_what_is_used():
    parameters, _ = problem("cpu")
    assert set(RootMeanSquare().start(parameters)) == {"square_avg", "step"}
    assert set(RootMeanSquare(momentum=0.9, centered=True).start(parameters)) == {
        "square_avg", "grad_avg", "momentum", "step",
    }  # fmt: skip
