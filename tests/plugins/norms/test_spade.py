"""SPADE against scipy's correlations. Mutations caught: bilinear resizing; the 1 left out; no rectifier; no padding."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate

from rivalry.marks import CouplesBatch
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.conditional_batch import ConditionalBatchNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.spade import Spade


def convolved(x, layer):
    """A 3x3 convolution with zeros around: [C, h, w] -> [C', h, w]."""
    weight, bias = (p.detach().cpu().numpy() for p in (layer.weight, layer.bias))
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    return np.stack([correlate(padded, kernel, "valid")[0] + b for kernel, b in zip(weight, bias)])


@pytest.mark.parametrize(("inner", "places"), [("batch", (0, 2, 3)), ("instance", (2, 3))])
def test_scale_and_shift_are_convolutions_of_the_resized_map(inner, places, device):
    rng = np.random.default_rng(0)
    norm = Spade(3, 2, norm=inner, hidden=5, eps=0.2).double().to(device)
    x, maps = rng.normal(3, 2, size=(2, 3, 4, 6)), rng.normal(size=(2, 2, 8, 3))
    resized = maps[:, :, ::2].repeat(2, axis=3)  # 8x3 to 4x6 by nearest neighbours
    hidden = [np.maximum(convolved(one, norm.hidden), 0) for one in resized]
    scale, shift = (np.stack([convolved(one, layer) for one in hidden]) for layer in (norm.scale, norm.shift))
    plain = (x - x.mean(places, keepdims=True)) / np.sqrt(x.var(places, keepdims=True) + 0.2)
    found = norm(torch.tensor(x, device=device), torch.tensor(maps, device=device)).detach().cpu().numpy()
    np.testing.assert_allclose(found, (1 + scale) * plain + shift, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("inner", "plain"), [("batch", BatchNorm(3, affine=False)), ("instance", InstanceNorm(3))])
def test_without_modulation_it_is_the_plain_norm(inner, plain):
    norm, x = Spade(3, 2, norm=inner), torch.randn(4, 3, 5, 5)
    for layer in (norm.scale, norm.shift):
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    assert torch.equal(norm(x, torch.randn(4, 2, 5, 5)), plain(x))


def test_a_constant_map_acts_away_from_the_border_as_a_label_of_conditional_batch_norm():
    norm, x, labels = Spade(3, 4), torch.randn(5, 3, 8, 8), torch.tensor([0, 3, 1, 2, 3])
    maps = labels[:, None, None].expand(5, 8, 8)
    as_class = ConditionalBatchNorm(3, 4)
    hidden = torch.relu(norm.hidden.weight.sum((2, 3)).T + norm.hidden.bias)  # of each class
    as_class.weight.data = 1 + hidden @ norm.scale.weight.sum((2, 3)).T + norm.scale.bias
    as_class.bias.data = hidden @ norm.shift.weight.sum((2, 3)).T + norm.shift.bias
    inner = (..., slice(2, -2), slice(2, -2))
    torch.testing.assert_close(norm(x, maps)[inner], as_class(x, labels)[inner])
    assert not torch.allclose(norm(x, maps), as_class(x, labels))


def test_a_map_of_labels_is_one_map_a_class():
    norm, x, labels = Spade(3, 4), torch.randn(2, 3, 5, 5), torch.randint(4, (2, 5, 5))
    assert torch.equal(norm(x, labels), norm(x, torch.eye(4)[labels].movedim(3, 1)))


def test_hidden_is_128_and_the_inner_norm_couples_the_batch_or_not():
    norm = Spade(3, 2)
    assert norm.hidden.out_channels == 128
    assert norm.conditional
    assert not list(norm.norm.parameters())
    assert any(isinstance(module, CouplesBatch) for module in norm.modules())
    assert not any(isinstance(module, CouplesBatch) for module in Spade(3, 2, norm="instance").modules())


def test_it_wants_maps():
    norm, x = Spade(3, 2), torch.randn(2, 3, 5, 5)
    with pytest.raises(ValueError, match=r"norm spade wants maps \[N, C, h, w\], got \[2, 3\]"):
        norm(torch.randn(2, 3), torch.randn(2, 2, 5, 5))
    with pytest.raises(ValueError, match=r"norm spade wants maps \[N, 2, h, w\], or of labels \[N, h, w\], got none"):
        norm(x)
    with pytest.raises(ValueError, match=r"got \[2, 2\] of torch.float32"):
        norm(x, torch.randn(2, 2))
    with pytest.raises(ValueError, match="norm spade wants a condition, but its network tells"):
        Spade(3)
