"""The pull towards the mean of all past parameters, against numpy's mean of the whole history.

Mutations caught: the factor 2; a pull away; the mean of the parameters after the step; a skipped step that counts.
"""

import copy

import numpy as np
import pytest
import torch

from rivalry.players import shortened
from rivalry.testing import check_component
from rivalry_zoo.optimizers.adam import Adam
from rivalry_zoo.optimizers.historical_averaging import HistoricalAveraging
from rivalry_zoo.optimizers.rmsprop import RootMeanSquare
from rivalry_zoo.optimizers.sgd import GradientDescent

SHAPES = [(3, 2), (4,), ()]


def problem(device, steps=8):
    rng = np.random.default_rng(4)
    parameters = [torch.tensor(rng.normal(size=shape), device=device) for shape in SHAPES]
    gradients = [[torch.tensor(rng.normal(size=s) + 0.2, device=device) for s in SHAPES] for _ in range(steps)]
    return parameters, gradients


def pull(history, weight, eps=1e-6):
    """d/dw of weight |w - mean|^2 at the last point, the mean held fixed, by central differences."""
    w, mean = history[-1], np.mean(history, axis=0)
    cost = lambda v: weight * (v - mean) ** 2  # noqa: E731
    return (cost(w + eps) - cost(w - eps)) / (2 * eps)


@pytest.mark.parametrize("weight", [0.0, 0.3, 2.0])
def test_the_gradient_is_that_of_the_squared_distance_from_the_mean_of_the_history(device, weight):
    parameters, gradients = problem(device)
    optimizer, w = HistoricalAveraging(GradientDescent(), weight=weight), [p.cpu().numpy().copy() for p in parameters]
    history, state = [w], optimizer.start(parameters)
    for step in gradients:
        optimizer.step(parameters, step, state, lr=0.1)
        w = [
            v - 0.1 * (g.cpu().numpy() + pull([past[i] for past in history], weight))
            for i, (v, g) in enumerate(zip(w, step, strict=True))
        ]
        history.append(w)
        for ours, theirs in zip(parameters, w, strict=True):
            np.testing.assert_allclose(ours.cpu().numpy(), theirs, rtol=1e-7, atol=1e-8)
    for i, mean in enumerate(state["mean"]):
        np.testing.assert_allclose(mean.cpu(), np.mean([past[i] for past in history[:-1]], axis=0), rtol=1e-7)


def test_adam_sees_the_pull_in_its_moments():
    """After one plain step to w_1 the second gradient is g + 2 weight (w_1 - (w_0 + w_1) / 2)."""
    w, optimizer = [torch.tensor(1.0, dtype=torch.float64)], HistoricalAveraging(Adam(betas=(0.5, 0.9)), weight=3.0)
    state = optimizer.start(w)
    optimizer.step(w, [torch.tensor(2.0, dtype=torch.float64)], state, lr=0.25)
    assert w[0].item() == pytest.approx(0.75)
    optimizer.step(w, [torch.tensor(2.0, dtype=torch.float64)], state, lr=0.25)
    g = 2 + 2 * 3 * (0.75 - 0.875)
    m, v = (0.25 * 2 + 0.5 * g) / 0.75, (0.9 * 0.1 * 4 + 0.1 * g**2) / 0.19
    assert w[0].item() == pytest.approx(0.75 - 0.25 * m / np.sqrt(v))


def test_a_game_that_turns_is_damped():
    distances = {}
    for weight in (0.0, 1.0):
        players = [torch.tensor(v, dtype=torch.float64) for v in (1.0, 0.0)]
        optimizer = HistoricalAveraging(GradientDescent(), weight=weight)
        state = optimizer.start(players)
        for _ in range(200):
            optimizer.step(players, [players[1].clone(), -players[0].clone()], state, lr=0.1)
        distances[weight] = np.hypot(*map(float, players))
    assert distances[0.0] == pytest.approx(1.01**100)
    assert distances[1.0] < 0.6  # and it grows without


@pytest.mark.parametrize("finished", [0, 3])
@pytest.mark.parametrize("inner", [GradientDescent(momentum=0.5), Adam(), Adam(fused=False), RootMeanSquare()])
def test_a_skipped_step_changes_and_remembers_nothing(device, inner, finished):
    parameters, gradients = problem(device)
    optimizer = HistoricalAveraging(inner)
    state = optimizer.start(parameters)
    for step in gradients[:finished]:
        optimizer.step(parameters, step, state, lr=0.1)
    before = copy.deepcopy((parameters, state))
    broken = [gradient * float("nan") for gradient in gradients[5]]
    optimizer.step(parameters, broken, state, lr=0.1, skip=torch.ones((), device=device))
    torch.testing.assert_close((parameters, state), before, rtol=0, atol=0)


def test_skip_zero_is_no_skip_and_the_players_gradients_are_left_alone(device):
    results = []
    for skip in (None, torch.zeros((), device=device)):
        parameters, gradients = problem(device)
        given = copy.deepcopy(gradients)
        optimizer = HistoricalAveraging()
        state = optimizer.start(parameters)
        for step in gradients[:4]:
            optimizer.step(parameters, step, state, lr=0.1, skip=skip)
        torch.testing.assert_close(gradients, given, rtol=0, atol=0)
        results.append((parameters, state))
    torch.testing.assert_close(*results, rtol=0, atol=0)


def test_a_copied_state_goes_on_bit_for_bit(device):
    parameters, gradients = problem(device)
    optimizer = HistoricalAveraging()
    state = optimizer.start(parameters)
    for i, step in enumerate(gradients):
        if i == 4:
            other_parameters, other_state = copy.deepcopy((parameters, state))
        optimizer.step(parameters, step, state, lr=0.01)
    for step in gradients[4:]:
        optimizer.step(other_parameters, step, other_state, lr=0.01)
    torch.testing.assert_close((other_parameters, other_state), (parameters, state), rtol=0, atol=0)


def test_parameters_that_want_gradients_are_moved_without_a_graph():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = HistoricalAveraging(GradientDescent())
    state = optimizer.start([parameter])
    optimizer.step([parameter], [torch.ones(2)], state, lr=0.5)
    assert parameter.is_leaf
    assert parameter.tolist() == [0.5, 0.5]
    assert not any(tensor.requires_grad for row in state.values() for tensor in row)


def test_rate_and_memory_are_those_of_the_optimiser_inside():
    assert HistoricalAveraging(Adam(lr=0.3)).lr == 0.3
    assert shortened(HistoricalAveraging(Adam(betas=(0.25, 0.0625))), 0.5) == HistoricalAveraging(
        Adam(betas=(0.5, 0.25))
    )


def test_it_holds_the_contract_of_its_kind():
    check_component("optimizer", "historical_averaging", weight=0.5)
