"""Modulated convolutions: the scaled maps equal per-sample weights, and have unit filters.

Mutation tried: demodulation by the sum over outputs; the comparison with weights of its own fails.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rivalry_zoo.blocks.modulation import ModulatedConv, StyleLayer


def filters(layer, style):
    """Each sample's own weights [N, o, i, k, k], as the paper writes them."""
    scales = layer.affine(style).detach().numpy()
    weight = layer.weight.detach().numpy() * layer.scale
    own = weight[None] * scales[:, None, :, None, None]
    if layer.demodulate:
        own /= np.sqrt((own**2).sum((2, 3, 4), keepdims=True) + 1e-8)
    return own


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("kernel", [1, 3])
def test_it_convolves_every_sample_with_weights_of_its_own(demodulate, kernel):
    torch.manual_seed(0)
    layer = ModulatedConv(4, 3, kernel, 6, demodulate=demodulate).double()
    x, style = torch.randn(5, 4, 6, 7).double(), torch.randn(5, 6).double()
    own = filters(layer, style)
    expected = torch.cat([F.conv2d(x[n : n + 1], torch.tensor(own[n]), padding=kernel // 2) for n in range(len(x))])
    torch.testing.assert_close(layer(x, style), expected)


def test_demodulated_filters_have_norm_one():
    layer, style = ModulatedConv(8, 3, 3, 6), torch.randn(2, 6)
    own = filters(layer, style)
    np.testing.assert_allclose((own**2).sum((2, 3, 4)), 1, atol=1e-5)


def test_a_common_factor_of_the_scales_changes_nothing():
    layer = ModulatedConv(4, 3, 3, 6).double()
    x, style = torch.randn(2, 4, 5, 5).double(), torch.randn(2, 6).double()
    before = layer(x, style)
    with torch.no_grad():
        layer.affine.weight.mul_(10)
        layer.affine.bias.mul_(10)
    torch.testing.assert_close(layer(x, style), before, rtol=1e-5, atol=1e-7)


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
