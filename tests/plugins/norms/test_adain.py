"""AdaIN: what a style makes of each channel's moments. Mutations caught: the 1 left out; halves exchanged."""

import numpy as np
import pytest
import torch

from rivalry_zoo.norms.adain import AdaptiveInstanceNorm
from rivalry_zoo.norms.instance import InstanceNorm


def styled(norm, style):
    """Scale and shift by numpy: A has weights N(0, 1) that act divided by the root of the inputs, and biases."""
    weight, bias = (p.detach().cpu().numpy() for p in (norm.style.weight, norm.style.bias))
    return np.split(style @ weight.T / np.sqrt(style.shape[1]) + bias, 2, axis=1)


def test_channels_leave_with_the_mean_and_the_deviation_of_their_style(device):
    rng = np.random.default_rng(0)
    x, style = rng.normal(3, 2, size=(4, 3, 8, 7)), rng.normal(size=(4, 5))
    norm = AdaptiveInstanceNorm(3, 5, eps=1e-12).double().to(device)
    torch.nn.init.normal_(norm.style.bias)
    scale, shift = styled(norm, style)
    y = norm(torch.tensor(x, device=device), torch.tensor(style, device=device)).detach().cpu().numpy()
    np.testing.assert_allclose(y.mean((2, 3)), shift, rtol=1e-9)
    np.testing.assert_allclose(y.std((2, 3)), abs(1 + scale), rtol=1e-9)
    centred = (x - x.mean((2, 3), keepdims=True)) * (1 + scale)[:, :, None, None]
    assert (centred * (y - shift[:, :, None, None]) >= 0).all()


def test_a_style_of_nothing_leaves_instance_norm():
    x = torch.randn(2, 3, 4)
    assert torch.equal(AdaptiveInstanceNorm(3, 5, eps=0.3)(x, torch.zeros(2, 5)), InstanceNorm(3, eps=0.3)(x))


def test_the_map_of_styles_starts_with_gain_1_and_without_a_bias():
    norm = AdaptiveInstanceNorm(50, 400)
    parts = norm.style(torch.randn(100, 400))
    assert abs(parts.std().item() - 1) < 0.03
    assert not norm.style.bias.any()


def test_a_label_is_a_style_of_its_class():
    x, norm = torch.randn(2, 3, 4, 4), AdaptiveInstanceNorm(3, 5)
    assert torch.equal(norm(x, torch.tensor([4, 1])), norm(x, torch.eye(5)[[4, 1]]))


def test_it_wants_a_style_and_maps():
    assert AdaptiveInstanceNorm.conditional
    norm = AdaptiveInstanceNorm(3, 5)
    with pytest.raises(ValueError, match=r"norm adain wants labels \[N\] or vectors \[N, 5\], got none"):
        norm(torch.randn(2, 3, 4, 4))
    with pytest.raises(ValueError, match="norm adain wants a condition, but its network tells its norms none"):
        AdaptiveInstanceNorm(3)
    with pytest.raises(ValueError, match="wants maps"):
        norm(torch.randn(2, 3), torch.randn(2, 5))
