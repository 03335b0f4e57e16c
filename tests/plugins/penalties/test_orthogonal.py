"""Orthogonality of rows against numpy, layer by layer.

Mutations that turn this red: columns in place of rows; transposed convolutions left as they lie; the diagonal kept in
the second form; the identity left out of the first; the mean over layers; embeddings counted.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.utils import parametrizations

from rivalry_zoo.penalties.orthogonal import Orthogonal

FULL, OFF = Orthogonal(), Orthogonal("off_diagonal")
sizes = st.integers(1, 6)


def linear(weight):
    layer = nn.Linear(weight.shape[1], weight.shape[0]).double()
    layer.weight.data = torch.tensor(weight)
    return layer


def rows_of(layer):
    """Output channels as rows, collected one by one."""
    weight = layer.weight.detach().numpy()
    if not getattr(layer, "transposed", False):
        return np.array([weight[channel].ravel() for channel in range(len(weight))])
    inside, outside = weight.shape[0] // layer.groups, weight.shape[1]
    return np.array(
        [
            weight[group * inside : (group + 1) * inside, channel].ravel()
            for group in range(layer.groups)
            for channel in range(outside)
        ]
    )


def off_diagonal(rows):
    return sum(np.dot(a, b) ** 2 for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j)


@settings(max_examples=25)
@given(sizes, sizes, st.integers(0, 99))
def test_full_form_is_of_the_singular_values(outside, inside, seed):
    weight = np.random.default_rng(seed).normal(size=(outside, inside))
    values = np.zeros(outside)
    values[: min(outside, inside)] = np.linalg.svd(weight, compute_uv=False)
    assert FULL.of_network(linear(weight)).item() == pytest.approx(np.sum((values**2 - 1) ** 2), rel=1e-9)


@settings(max_examples=25)
@given(sizes, sizes, st.integers(0, 99))
def test_second_form_is_of_pairs_of_rows(outside, inside, seed):
    weight = np.random.default_rng(seed).normal(size=(outside, inside))
    assert OFF.of_network(linear(weight)).item() == pytest.approx(off_diagonal(weight), rel=1e-9, abs=1e-12)


@settings(max_examples=10)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 99))
def test_orthonormal_rows_pay_nothing_and_their_lengths_only_in_the_full_form(outside, more, seed):
    numbers = np.random.default_rng(seed)
    rows = np.linalg.qr(numbers.normal(size=(outside + more, outside)))[0].T
    lengths = numbers.uniform(0.2, 3, size=outside)
    assert FULL.of_network(linear(rows)).item() == pytest.approx(0, abs=1e-12)
    stretched = linear(lengths[:, None] * rows)
    assert OFF.of_network(stretched).item() == pytest.approx(0, abs=1e-12)
    assert FULL.of_network(stretched).item() == pytest.approx(np.sum((lengths**2 - 1) ** 2), rel=1e-9)


def test_gradient_is_four_times_the_excess_times_the_weight():
    weight = np.random.default_rng(1).normal(size=(4, 3))
    gram = weight @ weight.T
    for penalty, excess in ((FULL, gram - np.eye(4)), (OFF, gram * (1 - np.eye(4)))):
        layer = linear(weight)
        penalty.of_network(layer).backward()
        np.testing.assert_allclose(layer.weight.grad, 4 * excess @ weight, rtol=1e-10)
        assert layer.bias.grad is None


LAYERS = [
    nn.Linear(5, 3),
    nn.Conv1d(2, 4, 3),
    nn.Conv2d(4, 6, 3, groups=2),
    nn.Conv3d(2, 3, 2),
    nn.ConvTranspose1d(2, 3, 4),
    nn.ConvTranspose2d(3, 5, 2),
    nn.ConvTranspose2d(4, 6, 3, groups=2),
    nn.ConvTranspose3d(2, 3, 2),
]


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_rows_are_output_channels_of_every_layer(layer):
    layer, rows = layer.double(), rows_of(layer.double())
    assert len(rows) == getattr(layer, "out_channels", getattr(layer, "out_features", 0))
    assert FULL.of_network(layer).item() == pytest.approx(np.sum((rows @ rows.T - np.eye(len(rows))) ** 2), rel=1e-9)
    assert OFF.of_network(layer).item() == pytest.approx(off_diagonal(rows), rel=1e-9)


def test_layers_add_up_and_embeddings_do_not_count(device):
    layers = [nn.Linear(4, 4), nn.Conv2d(3, 5, 3), nn.Linear(4, 6)]
    network = nn.Sequential(layers[0], nn.Embedding(7, 4), nn.ModuleList(layers[1:]), nn.BatchNorm1d(3)).double()
    expected = sum(np.sum((rows @ rows.T - np.eye(len(rows))) ** 2) for rows in map(rows_of, layers))
    assert FULL.of_network(network.to(device)).item() == pytest.approx(expected, rel=1e-9)


def test_it_is_of_the_weight_as_it_is_used():
    layer = parametrizations.weight_norm(nn.Linear(5, 3).double())
    value = FULL.of_network(layer)
    rows = layer.weight.detach().numpy()
    assert value.item() == pytest.approx(np.sum((rows @ rows.T - np.eye(3)) ** 2), rel=1e-9)
    value.backward()
    assert all(parameter.grad.abs().max() > 0 for name, parameter in layer.named_parameters() if name != "bias")


def test_autocast_does_not_round_it(device):
    layer = nn.Linear(64, 32).to(device)
    rows = layer.weight.detach().cpu().double().numpy()
    exact = np.sum((rows @ rows.T - np.eye(32)) ** 2)
    with torch.autocast(device.type, torch.bfloat16):
        assert FULL.of_network(layer).item() == pytest.approx(exact, rel=1e-5)
    assert FULL.of_network(layer).item() == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("penalty", [FULL, OFF])
def test_its_derivatives_are_right(penalty):
    weight = torch.tensor(np.random.default_rng(2).normal(size=(3, 4)), requires_grad=True)

    def value(weight):
        layer = nn.Linear(4, 3, dtype=torch.float64)
        del layer.weight
        layer.weight = weight
        return penalty.of_network(layer)

    assert torch.autograd.gradcheck(value, weight)
    assert torch.autograd.gradgradcheck(value, weight)


def test_as_a_penalty_it_looks_at_the_network_alone():
    layer, poison = nn.Linear(3, 2).double(), torch.full((2, 3), torch.nan, dtype=torch.float64)
    assert FULL(layer, poison, poison).item() == FULL.of_network(layer).item()


def test_a_network_without_kernels_is_refused_in_words():
    with pytest.raises(ValueError, match="wants linear or convolutional layers, Sequential has none"):
        FULL.of_network(nn.Sequential(nn.ReLU(), nn.Embedding(3, 2)))
