"""Equalised layers: unit weights, He's scale in force.

Mutations tried: the root of the fan-in left out; the bias without its multiplier. The references fail.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rivalry_zoo.blocks.equalised import EqualisedConv, EqualisedLinear, rectified, unit_square


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_weights_start_as_their_multiplier_says_and_act_as_he_wants(multiplier):
    torch.manual_seed(0)
    layer = EqualisedLinear(300, 200, multiplier=multiplier)
    assert layer.weight.std().item() * multiplier == pytest.approx(1, rel=0.02)
    assert (layer.weight * layer.scale).std().item() == pytest.approx(np.sqrt(2 / 300), rel=0.02)


def test_a_linear_layer_is_numpys():
    layer = EqualisedLinear(5, 3, gain=1.5, multiplier=0.1, shift=0.7).double()
    x, weight = np.random.default_rng(0).normal(size=(4, 5)), layer.weight.detach().numpy()
    expected = x @ (weight * 1.5 * 0.1 / np.sqrt(5)).T + 0.7
    np.testing.assert_allclose(layer(torch.tensor(x)).detach().numpy(), expected, rtol=1e-6)


def test_a_convolution_is_torchs_of_scaled_weights():
    layer, x = EqualisedConv(4, 3, gain=2.0), torch.randn(2, 4, 5, 6)
    torch.nn.init.normal_(layer.bias)
    torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight / 3, layer.bias, padding=1))


def test_ten_layers_keep_the_mean_square():
    torch.manual_seed(0)
    x = torch.randn(200, 256)
    for _ in range(10):
        x = rectified(EqualisedLinear(256, 256)(x))
    assert 0.5 < x.square().mean().item() < 2


def test_pixel_norm_leaves_unit_mean_squares_and_forgets_scale(device):
    x = torch.randn(3, 8, 4, 5, device=device).double()
    y = unit_square(x)
    np.testing.assert_allclose((y.cpu().numpy() ** 2).mean(1), 1, rtol=1e-6)
    torch.testing.assert_close(unit_square(1e3 * x), y, rtol=1e-6, atol=1e-9)


def test_pixel_norm_adds_eps_to_the_mean_square():
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    small = 1e-4 * x
    expected = small / np.sqrt((small**2).mean(1, keepdims=True) + 1e-8)
    np.testing.assert_allclose(unit_square(torch.tensor(small)).numpy(), expected, rtol=1e-9)
    expected = x / np.sqrt((x**2).mean(1, keepdims=True) + 0.5)
    np.testing.assert_allclose(unit_square(torch.tensor(x), 0.5).numpy(), expected, rtol=1e-9)
    torch.testing.assert_close(rectified(torch.tensor([-2.0, 3.0])), torch.tensor([-0.4, 3.0]))


def test_layers_start_without_a_bias_or_have_none():
    assert not EqualisedLinear(4, 3).bias.any()
    assert EqualisedLinear(4, 3, bias=False).bias is None
    torch.testing.assert_close(EqualisedLinear(4, 3, multiplier=0.1, shift=0.5).bias, torch.full((3,), 5.0))
    assert not EqualisedConv(4, 3).bias.any()
    layer, x = EqualisedConv(4, 3, bias=False), torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight * np.sqrt(2 / 36), padding=1))
    assert EqualisedConv(40, 30, 1)(torch.randn(1, 40, 3, 4)).shape == (1, 30, 3, 4)
    assert abs(EqualisedConv(40, 30).weight.std().item() - 1) < 0.03
