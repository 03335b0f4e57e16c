"""Layers as linear maps: each against its dense matrix, column by column.

Mutations caught: the last places of a strided convolution lost on the way back; a transposed kernel not transposed.
"""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry_zoo.blocks.linear_maps import convolution, matrix, started, unit, weights_a_output

CONVOLUTIONS = {
    "same": (nn.Conv2d(2, 3, 3, padding=1), 4),
    "same in words": (nn.Conv2d(2, 3, (3, 5), padding="same", dilation=(2, 1)), 6),
    "valid": (nn.Conv1d(2, 3, 4, padding="valid"), 6),
    "strided": (nn.Conv2d(2, 3, 4, stride=2, padding=1), 6),
    "with a rest": (nn.Conv2d(2, 3, 3, stride=(3, 2), padding=(0, 1)), 8),
    "dilated": (nn.Conv1d(2, 3, 3, dilation=2, padding=1), 7),
    "grouped": (nn.Conv2d(4, 6, 3, groups=2, padding=1), 3),
    "solid": (nn.Conv3d(1, 2, 2, stride=2), 3),
    "just fitting": (nn.Conv2d(2, 3, 4), 4),
}
TRANSPOSED = {
    "doubling": (nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1), 3),
    "opening": (nn.ConvTranspose2d(3, 2, 4), 1),
    "with more": (nn.ConvTranspose1d(2, 3, 3, stride=2, padding=1, output_padding=1), 4),
    "grouped": (nn.ConvTranspose2d(4, 2, 3, groups=2, dilation=2), 3),
    "solid": (nn.ConvTranspose3d(1, 2, 2, stride=2), 2),
}


def dense(layer, side):
    """A layer without its bias as a matrix, by what it makes of every basis vector."""
    layer = layer.double()
    shape = (layer.in_channels, *[side] * len(layer.kernel_size))
    basis = torch.eye(int(np.prod(shape)), dtype=torch.float64).reshape(-1, *shape)
    with torch.no_grad():
        return (layer(basis) - layer(torch.zeros_like(basis[:1]))).flatten(1).T.numpy()


@pytest.mark.parametrize(("layer", "side"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_a_convolution_and_its_transposed_are_a_matrix_and_its_transposed(layer, side):
    whole, form, weight = dense(layer, side), convolution(layer, side), layer.weight.detach()
    v = form.any_input(weight)
    u = torch.randn_like(form.ahead(weight, v))
    np.testing.assert_allclose(form.ahead(weight, v).flatten().numpy(), whole @ v.flatten().numpy(), atol=1e-12)
    back = form.back(weight, u)
    assert back.shape == v.shape
    np.testing.assert_allclose(back.flatten().numpy(), whole.T @ u.flatten().numpy(), atol=1e-12)


@pytest.mark.parametrize(("layer", "side"), TRANSPOSED.values(), ids=TRANSPOSED)
def test_a_transposed_convolution_is_the_convolution_back_of_the_same_norm(layer, side):
    whole, form, weight = dense(layer, side), convolution(layer, side), layer.weight.detach()
    v = form.any_input(weight)
    assert v.numel() == len(whole)
    np.testing.assert_allclose(form.ahead(weight, v).flatten().numpy(), whole.T @ v.flatten().numpy(), atol=1e-12)


def test_a_kernel_is_a_matrix_with_outputs_first():
    for layer, transposed in (
        (nn.Conv2d(2, 3, 4), False),
        (nn.ConvTranspose2d(3, 2, 4), True),
        (nn.Linear(5, 3), False),
    ):
        form, weight = matrix(layer), layer.weight.detach()
        rows = weight.numpy().swapaxes(0, 1) if transposed else weight.numpy()
        rows = rows.reshape(len(rows), -1)
        v = form.any_input(weight)
        assert v.shape == rows[0].shape
        u = torch.randn(len(rows))
        np.testing.assert_allclose(form.ahead(weight, v).numpy(), rows @ v.numpy(), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(form.back(weight, u).numpy(), rows.T @ u.numpy(), rtol=1e-4, atol=1e-5)


def test_a_kernel_must_fit():
    with pytest.raises(ValueError, match=r"a size that the kernel \(5, 5\) fits, got 2; take size: 3"):
        convolution(nn.Conv2d(1, 1, 5, padding=1), 2)
    assert convolution(nn.Conv2d(1, 1, 5, padding=1), 3).size == (3, 3)


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"), nn.Conv2d(1, 1, (3, 4), padding="same")]
)
def test_only_equal_zeros_on_all_sides_will_do(layer):
    with pytest.raises(ValueError, match="wants zeros around its maps, equally many on all sides"):
        convolution(layer, 8)


def test_units_have_norm_1_or_less_where_there_is_little():
    x = torch.tensor([3.0, -4.0])
    torch.testing.assert_close(unit(x, 1e-12), x / 5)
    torch.testing.assert_close(unit(x, 50.0), x / 50)


@pytest.mark.parametrize(
    ("layer", "weights"),
    [
        (nn.Linear(7, 3), 7),
        (nn.Conv2d(6, 4, (3, 5), groups=2, stride=2), 45),
        (nn.ConvTranspose2d(6, 4, 4, stride=2, padding=1), 24),
        (nn.ConvTranspose1d(6, 4, 6, stride=3, groups=2), 6),
        (nn.Conv3d(2, 5, 3), 54),
    ],
    ids=str,
)
def test_weights_a_output_are_those_that_reach_one_value(layer, weights):
    assert weights_a_output(layer) == weights
    if not isinstance(layer, nn.Linear):  # ones convolved with ones count them, away from the border
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)
        y = layer(torch.ones(1, layer.in_channels, *[12] * len(layer.kernel_size)))
        away = slice(6, -6) if type(layer).__name__.startswith("ConvTranspose") else slice(None)
        assert (y[(0, 0, *[away] * (y.ndim - 2))] == weights).all()


def test_weights_of_zeros_are_refused():
    layer = nn.Linear(2, 2)
    started(layer, "it")
    nn.init.zeros_(layer.weight)
    with pytest.raises(ValueError, match="weight norm it wants weights other than zero, got a Linear"):
        started(layer, "it")
    started(nn.Linear(2, 2, device="meta"), "it")
