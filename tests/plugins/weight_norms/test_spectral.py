"""Spectral normalisation against numpy's singular values, of kernels as matrices and of unrolled convolutions.

Mutations caught: steps in evaluation; gradients through u and v; no step; u and v not saved; the transposed kernel's
inputs taken for its outputs.
"""

from copy import deepcopy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry_zoo.weight_norms.spectral import Spectral

LAYERS = {
    "linear": lambda: nn.Linear(6, 4),
    "embedding": lambda: nn.Embedding(5, 3),
    "conv1d": lambda: nn.Conv1d(3, 4, 5),
    "conv2d": lambda: nn.Conv2d(3, 4, 3, padding=1),
    "conv3d": lambda: nn.Conv3d(2, 3, 2),
    "transposed": lambda: nn.ConvTranspose2d(3, 4, 4, stride=2, padding=1),
}
SPATIAL = {
    "plain": (lambda: nn.Conv2d(2, 3, 3, padding=1), 5),
    "strided": (lambda: nn.Conv2d(2, 3, 4, stride=2, padding=1), 6),
    "transposed": (lambda: nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1), 3),
    "line": (lambda: nn.Conv1d(3, 2, 3, dilation=2), 9),
}


def rows(weight, layer):
    """A weight as a matrix, outputs first."""
    array = weight.detach().cpu().numpy()
    array = array.swapaxes(0, 1) if isinstance(layer, nn.ConvTranspose2d) else array
    return array.reshape(len(array), -1)


def dense(layer, side):
    """A layer without its bias as a matrix, by what it makes of every basis vector."""
    shape = (layer.in_channels, *[side] * len(layer.kernel_size))
    basis = torch.eye(int(np.prod(shape)), dtype=layer.weight.dtype).reshape(-1, *shape)
    with torch.no_grad():
        return (layer(basis) - layer(torch.zeros_like(basis[:1]))).flatten(1).T.numpy()


def largest(array):
    return np.linalg.svd(array, compute_uv=False)[0]


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_after_many_steps_the_largest_singular_value_is_1(make, device):
    layer = make().to(device)
    before = rows(layer.weight, layer)
    Spectral(n_iterations=150).apply(layer)
    found = rows(layer.weight, layer)
    np.testing.assert_allclose(largest(found), 1, rtol=1e-5)
    np.testing.assert_allclose(found, before / largest(before), rtol=1e-4, atol=1e-6)


def at_the_end(layer, side):
    """Put u where the power method ends, by numpy's singular vectors of the unrolled matrix."""
    (form,) = layer.parametrizations["weight"]
    back = isinstance(layer, nn.ConvTranspose2d)  # whose form is the convolution back
    left, _, right = np.linalg.svd(dense(layer, side))
    form.u.copy_(torch.tensor(right[0] if back else left[:, 0]).reshape(form.u.shape))


@pytest.mark.parametrize(("make", "side"), SPATIAL.values(), ids=SPATIAL)
def test_the_norm_of_a_convolution_is_that_of_its_unrolled_matrix(make, side):
    layer = make().double()
    before, kernel = largest(dense(layer, side)), layer.weight.detach().numpy()
    Spectral(of="convolution", size=side).apply(layer)
    at_the_end(layer, side)
    np.testing.assert_allclose(layer.weight.detach().numpy(), kernel / before, rtol=1e-9)
    assert largest(dense(layer.eval(), side)) == pytest.approx(1, rel=1e-9)


def test_the_power_method_finds_the_norm_of_a_convolution():
    layer = Spectral(of="convolution", size=3, n_iterations=200).apply(nn.Conv1d(2, 3, 2).double())
    layer(torch.randn(1, 2, 3).double())
    assert largest(dense(layer.eval(), 3)) == pytest.approx(1, rel=1e-3)


def test_a_convolution_has_at_most_root_kernel_times_the_norm_of_its_matrix_and_more_than_it():
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3, padding=1).double()
    Spectral(n_iterations=150).apply(layer)
    assert 1.2 < largest(dense(layer, 8)) <= 3


def test_the_norm_of_a_convolution_grows_with_its_maps():
    layer = Spectral(of="convolution", size=8).apply(nn.Conv2d(2, 3, 3, padding=1).double())
    at_the_end(layer, 8)
    layer(torch.randn(1, 2, 8, 8).double())
    norms = [largest(dense(layer.eval(), side)) for side in (2, 4, 6, 8)]
    assert norms == sorted(norms)
    assert norms[-1] == pytest.approx(1, rel=1e-9)


def test_linear_layers_are_matrices_whatever_is_asked_of_convolutions():
    layer = Spectral(of="convolution", n_iterations=150).apply(nn.Linear(6, 4))
    assert largest(rows(layer.weight, layer)) == pytest.approx(1, rel=1e-5)


def stepped(weight, u, eps):
    """One step of the power method by numpy."""
    v = weight.T @ u
    v = v / max(np.linalg.norm(v), eps)
    u = weight @ v
    return u / max(np.linalg.norm(u), eps), v


@pytest.mark.parametrize(("times", "eps"), [(1, 1e-12), (3, 1e-12), (1, 0.7)])
def test_a_training_forward_takes_so_many_steps_and_an_evaluation_none(times, eps, device):
    layer = Spectral(n_iterations=times, eps=eps).apply(nn.Linear(6, 4).double().to(device))
    (form,) = layer.parametrizations["weight"]
    weight, u = (t.detach().cpu().numpy().copy() for t in (layer.parametrizations["weight"].original, form.u))
    for _ in range(2):
        layer(torch.randn(2, 6, device=device).double())
        for _ in range(times):
            u, v = stepped(weight, u, eps)
        np.testing.assert_allclose(form.u.cpu().numpy(), u, rtol=1e-9)
        np.testing.assert_allclose(form.v.cpu().numpy(), v, rtol=1e-9)
    layer.eval()
    np.testing.assert_allclose(layer.weight.detach().cpu().numpy(), weight / (u @ weight @ v), rtol=1e-9)
    layer(torch.randn(2, 6, device=device).double())
    np.testing.assert_allclose(form.u.cpu().numpy(), u, rtol=1e-9)


def test_fifteen_steps_come_before_the_first_use():
    torch.manual_seed(0)
    layer = nn.Linear(6, 4).double()
    weight = layer.weight.detach().numpy()
    torch.manual_seed(1)
    start = torch.randn(6, dtype=torch.float64).numpy()
    torch.manual_seed(1)
    Spectral().apply(layer)
    u = weight @ start
    for _ in range(15):
        u, v = stepped(weight, u / np.linalg.norm(u), 0)
    (form,) = layer.parametrizations["weight"]
    np.testing.assert_allclose(form.u.numpy(), u, rtol=1e-9)
    np.testing.assert_allclose(form.v.numpy(), v, rtol=1e-9)


def test_rank_1_takes_one_step():
    a, b = torch.randn(4).double(), torch.randn(6).double()
    layer = nn.Linear(6, 4).double()
    layer.weight.data = torch.outer(a, b)
    Spectral().apply(layer)
    other = torch.outer(torch.randn(4).double(), torch.randn(6).double())
    layer.parametrizations["weight"].original.data = other
    torch.testing.assert_close(layer.weight, other / torch.linalg.matrix_norm(other, 2))


@given(factor=st.floats(0.01, 100), seed=st.integers(0, 99))
@settings(max_examples=15)
def test_the_scale_of_the_weights_changes_nothing(factor, seed):
    torch.manual_seed(seed)
    layer = Spectral().apply(nn.Conv2d(2, 3, 3).double()).eval()
    x = torch.randn(2, 2, 5, 5).double()
    bias = layer.bias[:, None, None]
    before = layer(x) - bias
    layer.parametrizations["weight"].original.data.mul_(factor)
    torch.testing.assert_close(layer(x) - bias, before)


@pytest.mark.parametrize("of", ["matrix", "convolution"])
def test_gradients_are_orthogonal_to_the_weights_and_twice_differentiable(of):
    layer = Spectral(of=of, size=3).apply(nn.Conv1d(2, 3, 2, padding=1).double())
    original, x = layer.parametrizations["weight"].original, torch.randn(2, 2, 5).double()
    (gradient,) = torch.autograd.grad(layer(x).pow(3).sum(), original)
    assert abs((gradient * original).sum().item()) < 1e-9 * gradient.norm() * original.norm()
    (form,) = layer.eval().parametrizations["weight"]
    assert torch.autograd.gradcheck(form, original)
    assert torch.autograd.gradgradcheck(form, original)


def test_a_perceptron_is_1_lipschitz():
    torch.manual_seed(0)
    sizes = [nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1)]
    for layer in sizes[::2]:
        nn.init.normal_(layer.weight, std=3)
    network = Spectral(n_iterations=80).apply(nn.Sequential(*sizes)).double()
    network(torch.randn(1, 5).double())
    x, y = torch.randn(2, 500, 5).double().unbind(0)
    slopes = (network(x) - network(y)).abs()[:, 0] / (x - y).norm(dim=1)
    assert 0.1 < slopes.max() <= 1 + 1e-9


def test_two_forwards_before_one_backward_are_well_and_copies_are_free():
    layer = Spectral().apply(nn.Linear(4, 3))
    x = torch.randn(5, 4)
    (layer(x).sum() - layer(2 * x).square().sum()).backward()
    copy = deepcopy(layer)
    kept = layer.state_dict()["parametrizations.weight.0.u"].clone()
    copy.parametrizations["weight"].original.data.normal_()
    copy(x)
    assert torch.equal(layer.state_dict()["parametrizations.weight.0.u"], kept)


def test_the_state_is_saved_and_read_again():
    layer, other = (Spectral().apply(nn.Linear(4, 3)) for _ in range(2))
    layer(torch.randn(1, 4))
    other.load_state_dict(layer.state_dict())
    x = torch.randn(2, 4)
    for _ in range(3):
        assert torch.equal(layer(x), other(x))


def test_weights_of_zeros_are_refused():
    layer = nn.Linear(2, 2)
    nn.init.zeros_(layer.weight)
    with pytest.raises(ValueError, match="weight norm spectral wants weights other than zero"):
        Spectral().apply(layer)
