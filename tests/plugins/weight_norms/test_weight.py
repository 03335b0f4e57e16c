"""Weight normalisation against numpy's lengths.

Mutations caught: a transposed kernel's lengths by inputs; torch's own form, whose gradients of gradients are wrong.
"""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry_zoo.weight_norms.weight import WeightNormalised

LAYERS = {
    "linear": (lambda: nn.Linear(6, 4), (2, 6), 0),
    "conv1d": (lambda: nn.Conv1d(3, 4, 5), (2, 3, 7), 0),
    "conv2d": (lambda: nn.Conv2d(3, 4, 2), (2, 3, 5, 5), 0),
    "transposed": (lambda: nn.ConvTranspose2d(3, 4, 2, stride=2), (2, 3, 3, 3), 1),
    "transposed line": (lambda: nn.ConvTranspose1d(3, 4, 4, stride=2), (2, 3, 3), 1),
    "transposed solid": (lambda: nn.ConvTranspose3d(3, 4, 2), (2, 3, 3, 3, 3), 1),
}
EVERY = pytest.mark.parametrize(("make", "shape", "out"), LAYERS.values(), ids=LAYERS)


@EVERY
def test_a_layer_starts_as_it_was(make, shape, out, device):
    layer = make().double().to(device)
    x = torch.randn(shape, device=device).double()
    before = layer(x)
    torch.testing.assert_close(WeightNormalised().apply(layer)(x), before)


@EVERY
def test_each_output_s_weights_have_the_length_g_and_the_direction_of_v(make, shape, out):
    layer = WeightNormalised().apply(make().double())
    g, v = layer.parametrizations["weight"].original0, layer.parametrizations["weight"].original1
    for parameter in (g, v):
        nn.init.normal_(parameter)
    assert g.numel() == 4
    found, rows = (w.detach().numpy().swapaxes(0, out).reshape(4, -1) for w in (layer.weight, v))
    np.testing.assert_allclose(
        found, g.detach().numpy().reshape(4, 1) * rows / np.linalg.norm(rows, axis=1, keepdims=True), rtol=1e-9
    )


@EVERY
def test_the_gradient_of_a_direction_is_orthogonal_to_it_and_differentiable(make, shape, out):
    layer = WeightNormalised().apply(make().double())
    x, v = torch.randn(shape).double(), layer.parametrizations["weight"].original1
    (gradient,) = torch.autograd.grad(layer(x).pow(3).sum(), v, create_graph=True)
    each = (gradient * v).transpose(0, out).flatten(1).sum(1)
    torch.testing.assert_close(each, torch.zeros_like(each), atol=1e-8 * gradient.abs().sum().item(), rtol=0)
    (form,) = layer.parametrizations["weight"]
    assert torch.autograd.gradgradcheck(form, (layer.parametrizations["weight"].original0, v))


def test_embeddings_are_left_as_they_are_and_zeros_are_refused():
    network = nn.Sequential(nn.Embedding(3, 2), nn.Linear(2, 2))
    WeightNormalised().apply(network)
    assert set(network.state_dict()) == {
        "0.weight", "1.bias", "1.parametrizations.weight.original0", "1.parametrizations.weight.original1"
    }  # fmt: skip
    layer = nn.Linear(2, 2)
    nn.init.zeros_(layer.weight)
    with pytest.raises(ValueError, match="weight norm weight wants weights other than zero"):
        WeightNormalised().apply(layer)
