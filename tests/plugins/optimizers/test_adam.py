"""Adam against float64 numpy and against torch.optim.Adam.

Mutation tried: the second beta's bias correction taken with the first beta; the numpy test fails.
"""

import copy

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from rivalry.players import shortened
from rivalry_zoo.optimizers.adam import Adam

SHAPES = [(3, 2), (3,), (1, 3), ()]


def problem(device, dtype=torch.float32, steps=30):
    """Parameters and the gradients of every step, from numpy."""
    rng = np.random.default_rng(7)
    parameters = [torch.tensor(rng.normal(size=shape), dtype=dtype, device=device) for shape in SHAPES]
    gradients = [
        [torch.tensor(rng.normal(size=shape) + 0.3, dtype=dtype, device=device) for shape in SHAPES]
        for _ in range(steps)
    ]
    return parameters, gradients


def by_hand(w, gradients, lrs, b1, b2, eps, decay):
    """Algorithm 1 of the paper for one array."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, (g, lr) in enumerate(zip(gradients, lrs, strict=True), start=1):
        total = g + decay * w
        m = b1 * m + (1 - b1) * total
        v = b2 * v + (1 - b2) * total**2
        w = w - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps)
    return w


@pytest.mark.parametrize("fused", [None, False])
@pytest.mark.parametrize(("betas", "decay", "eps"), [((0.5, 0.999), 0.0, 1e-8), ((0.0, 0.9), 0.05, 1e-3)])
def test_thirty_steps_follow_the_papers_algorithm(device, fused, betas, decay, eps):
    parameters, gradients = problem(device, torch.float64)
    lrs = np.linspace(1e-2, 1e-3, 30)
    expected = [
        by_hand(w.cpu().numpy(), [step[i].cpu().numpy() for step in gradients], lrs, *betas, eps, decay)
        for i, w in enumerate(parameters)
    ]
    optimizer = Adam(betas=betas, eps=eps, weight_decay=decay, fused=fused)
    state = optimizer.start(parameters)
    for step, lr in zip(gradients, lrs, strict=True):
        optimizer.step(parameters, step, state, lr=float(lr))
    for ours, theirs in zip(parameters, expected, strict=True):
        np.testing.assert_allclose(ours.cpu().numpy(), theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fused", [True, False])
def test_steps_are_bit_for_bit_those_of_torch(device, fused):
    parameters, gradients = problem(device)
    mirror = [parameter.clone().requires_grad_() for parameter in parameters]
    capturable = not fused and device.type == "cuda"
    theirs = torch.optim.Adam(
        mirror, lr=1e-2, betas=(0.5, 0.99), weight_decay=0.01, fused=fused, foreach=False, capturable=capturable
    )
    ours = Adam(betas=(0.5, 0.99), weight_decay=0.01, fused=None if fused else False)
    state = ours.start(parameters)
    for step in gradients:
        ours.step(parameters, step, state, lr=1e-2)
        for parameter, gradient in zip(mirror, step, strict=True):
            parameter.grad = gradient
        theirs.step()
    assert all(torch.equal(a, b) for a, b in zip(parameters, mirror, strict=True))


def test_the_loop_is_what_torch_does_by_default_on_a_cpu():
    parameters, gradients = problem("cpu")
    mirror = [parameter.clone().requires_grad_() for parameter in parameters]
    theirs, ours = torch.optim.Adam(mirror, lr=2e-4, betas=(0.5, 0.999)), Adam(fused=False)
    state = ours.start(parameters)
    for step in gradients:
        ours.step(parameters, step, state, lr=ours.lr)
        for parameter, gradient in zip(mirror, step, strict=True):
            parameter.grad = gradient
        theirs.step()
    assert all(torch.equal(a, b) for a, b in zip(parameters, mirror, strict=True))


@pytest.mark.parametrize("fused", [None, False])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1.0])
def test_a_skipped_step_changes_nothing_at_all(device, fused, bad):
    parameters, gradients = problem(device)
    optimizer = Adam(weight_decay=0.1, fused=fused)
    state = optimizer.start(parameters)
    optimizer.step(parameters, gradients[0], state, lr=0.1)
    before = copy.deepcopy((parameters, state))
    broken = [gradient * bad for gradient in gradients[1]]
    optimizer.step(parameters, broken, state, lr=0.1, skip=torch.ones((), device=device))
    torch.testing.assert_close((parameters, state), before, rtol=0, atol=0)


@pytest.mark.parametrize("fused", [None, False])
def test_skip_zero_is_no_skip(device, fused):
    optimizer = Adam(weight_decay=0.1, fused=fused)
    results = []
    for skip in (None, torch.zeros((), device=device)):
        parameters, gradients = problem(device)
        state = optimizer.start(parameters)
        for step in gradients[:5]:
            optimizer.step(parameters, step, state, lr=0.1, skip=skip)
        results.append((parameters, state))
    torch.testing.assert_close(*results, rtol=0, atol=0)


@pytest.mark.parametrize("fused", [None, False])
def test_a_copied_state_goes_on_bit_for_bit(device, fused):
    parameters, gradients = problem(device)
    optimizer = Adam(fused=fused)
    state = optimizer.start(parameters)
    for i, step in enumerate(gradients[:20]):
        if i == 10:
            other_parameters, other_state = copy.deepcopy((parameters, state))
        optimizer.step(parameters, step, state, lr=0.01)
    for step in gradients[10:20]:
        optimizer.step(other_parameters, step, other_state, lr=0.01)
    torch.testing.assert_close((other_parameters, other_state), (parameters, state), rtol=0, atol=0)


def test_parameters_that_want_gradients_are_moved_without_a_graph(device):
    parameter = torch.nn.Parameter(torch.ones(2, device=device))
    optimizer = Adam()
    optimizer.step([parameter], [torch.ones_like(parameter)], optimizer.start([parameter]), lr=0.5)
    assert parameter.is_leaf
    np.testing.assert_allclose(parameter.detach().cpu().numpy(), 0.5, rtol=1e-6)


def test_a_player_of_half_as_many_steps_remembers_as_far_back():
    """beta^c for c = 1/2, as in StyleGAN2, appendix B."""
    assert shortened(Adam(lr=0.1, betas=(0.25, 0.0625)), 0.5) == Adam(lr=0.1, betas=(0.5, 0.25))


def test_a_player_who_names_no_optimiser_takes_this_one():
    assert Adam.is_default


def test_a_player_without_parameters_has_nothing_to_do():
    optimizer = Adam()
    optimizer.step([], [], optimizer.start([]), lr=0.1)


def test_the_schema_holds_betas_in_the_half_open_unit_interval():
    schema = TypeAdapter(Adam.__init__.__annotations__["betas"])
    assert schema.validate_python([0, 0.9]) == (0.0, 0.9)
    for betas in ([1.0, 0.9], [-0.1, 0.9], [0.5]):
        with pytest.raises(ValidationError):
            schema.validate_python(betas)
