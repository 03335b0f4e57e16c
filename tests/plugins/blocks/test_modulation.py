"""Modulated convolutions: the scaled maps equal per-sample weights, and have unit filters.

Mutation tried: demodulation by the sum over outputs; the comparison with weights of its own fails.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from rivalry_zoo.blocks.modulation import ModulatedConv, StyleLayer, modulated
from rivalry_zoo.blocks.resampling import smoothly_doubled


def own_filters(weight, factors, demodulate):
    """Each sample's own weights [N, o, i, k, k], as the paper writes them."""
    own = weight[None] * factors[:, None, :, None, None]
    return own / np.sqrt((own**2).sum((2, 3, 4), keepdims=True) + 1e-8) if demodulate else own


def drawn(kernel=3, size=1.0):
    """Maps of five samples, a kernel and factors."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 4, 6, 7)), size * rng.normal(size=(3, 4, kernel, kernel)), rng.normal(1, 2, size=(5, 4))


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("size", [1.0, 1e-5])  # weights so small that the 1e-8 counts
def test_it_convolves_every_sample_with_weights_of_its_own_in_one_grouped_convolution(demodulate, kernel, size, device):
    x, weight, factors = drawn(kernel, size)
    own = own_filters(weight, factors, demodulate)
    one = torch.tensor(x).reshape(1, 20, 6, 7)
    expected = F.conv2d(one, torch.tensor(own).reshape(15, 4, kernel, kernel), padding=kernel // 2, groups=5)
    parts = (torch.tensor(part, device=device) for part in (x, weight, factors))
    found = modulated(*parts, demodulate=demodulate).cpu()
    torch.testing.assert_close(found, expected.reshape(5, 3, 6, 7), rtol=1e-9, atol=1e-12)


def test_demodulated_filters_have_norm_one():
    _, weight, factors = drawn()
    impulse = torch.zeros(5, 4, 4, 5, 5).double()  # answers to one impulse a channel are the filters, turned about
    for channel in range(4):
        impulse[:, channel, channel, 2, 2] = 1
    answers = [modulated(impulse[:, channel], torch.tensor(weight), torch.tensor(factors)) for channel in range(4)]
    squares = torch.stack(answers).square().sum((0, 3, 4))
    np.testing.assert_allclose(squares.numpy(), 1, rtol=1e-6)


@given(common=st.floats(0.1, 100))
@settings(max_examples=20)
def test_a_common_factor_of_the_scales_changes_nothing(common):
    x, weight, factors = (torch.from_numpy(part) for part in drawn())
    torch.testing.assert_close(modulated(x, weight, common * factors), modulated(x, weight, factors), rtol=1e-6, atol=0)


@pytest.mark.parametrize("demodulate", [True, False])
def test_a_layer_s_factors_are_an_affine_function_of_the_style(demodulate):
    layer = ModulatedConv(4, 3, 3, 6, demodulate=demodulate).double()
    torch.nn.init.normal_(layer.affine.bias)
    x, style = torch.from_numpy(drawn()[0]), np.random.default_rng(1).normal(size=(5, 6))
    affine, bias, weight = (p.detach().numpy() for p in (layer.affine.weight, layer.affine.bias, layer.weight))
    own = own_filters(weight / np.sqrt(4 * 9), style @ affine.T / np.sqrt(6) + bias, demodulate)
    expected = [F.conv2d(one[None], torch.tensor(filters), padding=1)[0] for one, filters in zip(x, own)]
    torch.testing.assert_close(layer(x, torch.tensor(style)), torch.stack(expected), rtol=1e-6, atol=1e-9)
    assert abs(ModulatedConv(40, 30, 3, 6).weight.std().item() - 1) < 0.03


def test_the_scales_start_around_one():
    layer = ModulatedConv(200, 3, 1, 300)
    scales = layer.affine(torch.randn(100, 300))
    assert abs(scales.mean().item() - 1) < 0.02
    assert abs(scales.std().item() - 1) < 0.02


def test_noise_has_no_strength_at_first_and_one_value_a_place_later():
    layer, x, style = StyleLayer(4, 3, 6, double=False, noise=True), torch.randn(2, 4, 5, 5), torch.randn(2, 6)
    assert torch.equal(layer(x, style), layer(x, style))
    with torch.no_grad():
        layer.strength.fill_(2.0)
        quiet = layer.conv(x, style)
        torch.manual_seed(3)
        noisy = layer(x, style) / np.sqrt(2)
        noisy = torch.where(noisy < 0, noisy / 0.2, noisy) - quiet
    torch.manual_seed(3)
    torch.testing.assert_close(noisy, 2 * torch.randn(2, 1, 5, 5).expand(2, 3, 5, 5), rtol=1e-4, atol=1e-4)


def test_without_noise_there_is_nothing_to_learn_about_it():
    assert StyleLayer(4, 3, 6, double=True, noise=False).strength is None


@pytest.mark.parametrize("double", [True, False])
def test_a_style_layer_doubles_convolves_adds_its_bias_and_rectifies(double):
    assert {"strength", "bias"} < {key for key, _ in StyleLayer(4, 3, 6, double=double, noise=True).named_parameters()}
    layer = StyleLayer(4, 3, 6, double=double, noise=False).double()
    assert not layer.bias.any()
    torch.nn.init.normal_(layer.bias)
    x, style = torch.randn(2, 4, 5, 5).double(), torch.randn(2, 6).double()
    plain = layer.conv(smoothly_doubled(x) if double else x, style).detach().numpy()
    plain = plain + layer.bias.detach().numpy()[:, None, None]
    expected = np.where(plain > 0, plain, 0.2 * plain) * np.sqrt(2)
    np.testing.assert_allclose(layer(x, style).detach().numpy(), expected, rtol=1e-9)
